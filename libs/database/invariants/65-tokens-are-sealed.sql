-- Every OAuth token is authenticated ciphertext under a named key (I46).
select coach_id, id, key_id
from connections
where key_id !~ '^[a-z0-9]+$'
  or octet_length(access_token_ciphertext) < 29
  or octet_length(refresh_token_ciphertext) < 29;
