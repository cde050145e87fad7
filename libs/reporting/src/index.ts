export * from './reporting.module';
export * from './sales.queries';
export * from './session-brief.queries';
export * from './session-details.queries';
export * from './session-filter';
export * from './session-list.queries';
export * from './session-order';
