export * from './outbound-fetch';
