import { descriptorSuffix } from './statement-descriptor';

describe('what a card’s statement says of the coach', () => {
  it.each([
    ['Carla Coach', 'Carla Coach'],
    ['Zoë Müller-Groß', 'Zoe Muller-Gross'],
    ['O’Brien "The <Coach>" *Pat*', 'O Brien The Coach Pat'],
    ['Maximiliane von Hohenstein-Oberdorf', 'Maximiliane von Hohens'],
    ['A'.repeat(21) + ' B', 'A'.repeat(21)],
    ['  spaced   out ', 'spaced out'],
    ['7 Cs', '7 Cs'],
  ])('is of %j %j', (name, suffix) => {
    expect(descriptorSuffix(name)).toBe(suffix);
  });

  it.each(['山田太郎', '12345', '***', ''])('is nothing where no letter is left of %j', (name) => {
    expect(descriptorSuffix(name)).toBeUndefined();
  });
});
