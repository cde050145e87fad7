-- No link that makes its holder the host is kept anywhere (reliability R27).
select 'meetings' as stored_in, coach_id, session_id from meetings where join_url ~ '[?&]zak='
union all
select 'sessions', coach_id, id from sessions where meeting_join_url ~ '[?&]zak=';
