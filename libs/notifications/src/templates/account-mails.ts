import type { MailText } from './mail';

/** @param token works once, for three days */
export function emailVerification(token: string): MailText {
  return {
    subject: 'Confirm your e-mail address',
    blocks: [
      {
        text: 'Please confirm that this address is yours with the code below. It works once, for three days.',
      },
      { facts: [['Code', token]] },
      { text: 'If you did not sign up, you need to do nothing.' },
    ],
  };
}

/** @param token works once, for one hour */
export function passwordReset(token: string): MailText {
  return {
    subject: 'Set a new password',
    blocks: [
      {
        text: 'Somebody asked for a new password for your account. The code below sets one; it works once, for one hour.',
      },
      { facts: [['Code', token]] },
      { text: 'If it was not you, ignore this mail: your password stays as it is.' },
    ],
  };
}

export function signUpRepeated(): MailText {
  return {
    subject: 'You already have an account',
    blocks: [
      {
        text: 'Somebody tried to sign up with your address, but you already have an account. Nothing was changed.',
      },
      { text: 'If it was you and you no longer know your password, ask for a new one where you sign in.' },
    ],
  };
}

/** @param token works once, for two weeks */
export function clientInvitation(coachName: string, token: string): MailText {
  return {
    subject: `${coachName} invites you`,
    blocks: [
      {
        text: `${coachName} would like to work with you here. Accept with the code below and choose a password; it works once, for two weeks.`,
      },
      { facts: [['Code', token]] },
      { text: `If you do not know ${coachName}, you need to do nothing.` },
    ],
  };
}
