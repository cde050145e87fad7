-- A follow-up can offer new times: taking one books another session after the one that was missed.

alter table reschedule_proposals
  -- What taking one of the times does: the session moves there, or another one is booked.
  add column purpose text not null default 'move' check (purpose in ('move', 'book_next')),
  -- What was booked by taking a time.
  add column next_session_id uuid,
  add constraint reschedule_proposals_next_session_fkey
    foreign key (coach_id, next_session_id) references sessions (coach_id, id),
  -- The session of a follow-up's offer is over already.
  drop constraint reschedule_proposals_check1,
  add constraint proposals_to_move_end_by_the_start check (purpose = 'book_next' or expires_at <= session_starts_at),
  add constraint follow_ups_are_of_the_coach check (purpose = 'move' or made_by = 'coach'),
  add constraint taken_offers_name_what_was_booked
    check ((next_session_id is not null) = (purpose = 'book_next' and status = 'accepted'));

alter table follow_ups add constraint follow_ups_proposal_fkey
  foreign key (coach_id, proposal_id) references reschedule_proposals (coach_id, id);
