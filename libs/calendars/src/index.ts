export * from './invitation';
export * from './series-invitation';
export type { SeriesMember, SeriesTimes } from './series-set';
