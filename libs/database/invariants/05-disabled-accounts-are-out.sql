-- A disabled account has no refresh token that still works.
select a.id as account_id, r.id as refresh_token_id
from accounts a join refresh_tokens r on r.account_id = a.id
where a.disabled_at is not null and r.revoked_at is null and r.expires_at > clock_timestamp();
