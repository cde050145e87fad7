export interface SeenPage {
  status: number;
  /** Where the browser is sent on to, if it is. */
  location: string | null;
  text: string;
  buttons: SeenButton[];
}

interface SeenButton {
  label: string;
  path: string;
  fields: Record<string, string>;
}

const ACCEPTS_PAGES = { accept: 'text/html,application/xhtml+xml' };

/** What a person does who follows links in mails and presses buttons; no scripts run. */
export class Browser {
  constructor(private readonly appUrl: string) {}

  /** @param address as it stands in the mail: of the public address, which leads to the app under test */
  async visit(address: string): Promise<SeenPage> {
    const path = new URL(address, this.appUrl).pathname;
    return seen(path, await fetch(this.appUrl + path, { headers: ACCEPTS_PAGES, redirect: 'manual' }));
  }

  /** Presses the first button whose words match. */
  async press({ buttons }: SeenPage, words: RegExp): Promise<SeenPage> {
    const button = buttons.find(({ label }) => words.test(label));
    if (button === undefined) {
      const all = buttons.map(({ label }) => label).join(', ');
      throw new Error(`No button says ${words}: ${all}`);
    }
    const path = new URL(button.path, this.appUrl).pathname;
    const answer = await fetch(this.appUrl + path, {
      method: 'POST',
      headers: ACCEPTS_PAGES,
      body: new URLSearchParams(button.fields),
      redirect: 'manual',
    });
    return seen(path, answer);
  }
}

async function seen(path: string, answer: Response): Promise<SeenPage> {
  const html = await answer.text();
  const forms = [...html.matchAll(/<form method="post"(?: action="([^"]*)")?>(.*?)<\/form>/gs)];
  const buttons = forms.flatMap(([, action, inside = '']) => buttonsOf(action ?? path, inside));
  const text = html.replace(/<style>.*?<\/style>/s, '').replaceAll(/<[^>]*>/g, ' ');
  return { status: answer.status, location: answer.headers.get('location'), text, buttons };
}

function buttonsOf(path: string, form: string): SeenButton[] {
  const hidden = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  const common = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]));
  const pressed = [...form.matchAll(/<button(?: name="([^"]*)" value="([^"]*)")?>(.*?)<\/button>/g)];
  return pressed.map(([, name, value = '', label = '']) => ({
    label,
    path,
    fields: name === undefined ? common : { ...common, [name]: value },
  }));
}
