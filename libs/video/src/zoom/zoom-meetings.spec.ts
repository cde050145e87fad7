import { zoomMeeting } from './zoom-answers';
import { platformMeeting } from './zoom-meetings';

const ROOM = { id: 98_765_432_101, join_url: 'https://zoom.example/j/98765432101', password: 'secret' };

describe('A38 dial-in numbers', () => {
  it('are those of the plan, with country, number and the passcode for the phone', () => {
    const numbers = [
      { country: 'DE', country_name: 'Germany', city: 'Berlin', number: '+49 3012345', type: 'toll' },
      { country: 'US', number: '+1 8005550199', type: 'tollfree' },
    ];
    const room = zoomMeeting.parse({
      ...ROOM,
      pstn_password: '123456',
      settings: { global_dial_in_numbers: numbers },
    });
    expect(platformMeeting(room)).toMatchObject({
      dialInReason: null,
      dialIn: [
        { country: 'DE', countryName: 'Germany', city: 'Berlin', number: '+49 3012345', pin: '123456' },
        { country: 'US', countryName: 'US', city: null, number: '+1 8005550199', tollFree: true },
      ],
    });
  });

  it.each([{}, { settings: {} }, { settings: { global_dial_in_numbers: [] } }])(
    'are an empty list with its reason where the plan has none: %j',
    (more) => {
      expect(platformMeeting(zoomMeeting.parse({ ...ROOM, ...more }))).toMatchObject({
        dialIn: [],
        dialInReason: 'The Zoom plan of the coach has no dial-in numbers.',
      });
    },
  );
});
