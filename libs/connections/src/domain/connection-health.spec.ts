import { connectionHealth, type ConnectionHealth, type HealthFacts } from './connection-health';

const NOW = new Date('2026-06-30T12:00:00Z');
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);

describe('A162 health of a connection', () => {
  const cases: [string, Partial<HealthFacts>, ConnectionHealth, string | null][] = [
    ['used today', {}, 'healthy', null],
    ['used 59 days ago', { tokensIssuedAt: daysAgo(59) }, 'healthy', null],
    ['used 60 days ago', { tokensIssuedAt: daysAgo(60) }, 'expiring', '30 days'],
    ['used 89 days ago', { tokensIssuedAt: daysAgo(89) }, 'expiring', '1 days'],
    ['used 100 days ago', { tokensIssuedAt: daysAgo(100) }, 'expiring', 'may have ended'],
    ['did not answer', { lastError: 'platform_unavailable' }, 'broken', 'come late'],
    ['refused', { status: 'needs_attention' }, 'broken', 'no meeting'],
    ['removed', { status: 'revoked' }, 'broken', 'no meeting'],
  ];
  it.each(cases)('%s', (_, facts, health, breaks) => {
    const report = connectionHealth(
      { status: 'connected', lastError: null, tokensIssuedAt: NOW, ...facts },
      NOW,
    );
    expect(report.health).toBe(health);
    expect(report.howToFix === null).toBe(health === 'healthy');
    expect(report.whatBreaksNext?.includes(breaks ?? '') ?? null).toBe(breaks === null ? null : true);
  });
});
