export * from './reporting.module';
export * from './sales.queries';
export * from './session-details.queries';
export * from './session-list.queries';
