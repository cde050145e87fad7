export interface DialInNumber {
  city: string;
  country: string;
  country_name: string;
  number: string;
  type: 'toll' | 'tollfree';
}

/** Numbers of the ranges kept free for fiction (or not assigned), so that nobody real is called. */
const NUMBERS: DialInNumber[] = [
  { country: 'US', country_name: 'US', city: 'New York', number: '+1 6465550100', type: 'toll' },
  { country: 'US', country_name: 'US', city: '', number: '+1 8005550199', type: 'tollfree' },
  { country: 'CA', country_name: 'Canada', city: 'Toronto', number: '+1 4165550123', type: 'toll' },
  { country: 'GB', country_name: 'United Kingdom', city: 'London', number: '+44 2079460123', type: 'toll' },
  { country: 'DE', country_name: 'Germany', city: 'Berlin', number: '+49 3023125123', type: 'toll' },
  { country: 'FR', country_name: 'France', city: 'Paris', number: '+33 199001234', type: 'toll' },
  { country: 'AU', country_name: 'Australia', city: 'Sydney', number: '+61 255501234', type: 'toll' },
];

export function dialInNumbers(countries: string[]): DialInNumber[] {
  return NUMBERS.filter((number) => countries.includes(number.country));
}
