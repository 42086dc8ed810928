"""The core: given my state, the moment, my documents and what I observe, what should be sounding now?

The rules, by the numbers of the design. Each has its tests in tests/unit/speaker_node/playout/.

1. Same arguments, same answer. It never raises on any document that decoded.
2. Inputs and target are levels, not edges: a repeated call does nothing new, a missed callback is healed by the next
   call. It says when it next wants to be asked; nothing polls.
3. What should sound: among occurrences that are due (in their window, begun or within start_by, not past ends_at), not
   closed, not withdrawn, permitted and able (something of it is ready): the highest precedence. One rule gives start,
   late start, join, pre-emption, cancellation and end. From START on, items come from State; presence, ends_at and
   `withdrawn` from the documents, and absence stops. ends_at is a hard stop. Silences are one list of intervals with
   a source (a sheet's mute, the plan) and kinds; none means all routine. They are judged at START and again at each
   resumption and second attempt; the first no closes it (quiet), and nothing comes back when a silence ends. One in
   force closes every routine occurrence that it means and that sounds or is paused. Emergencies pass them.
4. When. T is starts_at for what is up to 5 s late or not `whole`: it joins at the frame of now. Whole, and a second
   attempt: the planned end of what held it back, else the first full 10 s at which the relay is warm. Play now and a
   single-pass emergency: when warm. A repeated emergency: its next pass.
   Power cut (an open START or RESUMED older than the last BOOT): without `whole` it goes on at the frame of a node
   that was never off. With `whole`, under 80 % sounded and start_by not past: attempt 2, the last. An attempt without
   a frame does not count; after a boot it counts if T was past, whether or not a PROGRESS came to be written.
   What is interrupted by something higher rests (PAUSED) and goes on (RESUMED) at the frame at which it was cut: at the
   other's planned end, or 3 s after the signing of the sheet that ended it, so that neighbours agree; one that is not
   `whole` and comes late to that joins them. An emergency goes on with a pass. Nothing comes back for less than 10 s
   before something higher, nor past ends_at: then it is closed pre_empted. Before its first frame it starts anew within
   start_by. `next` is given, and the relay closed, warm_up + 300 ms before T, its START a little sooner.
5. The relay is closed before sound (warm_up), kept between close items (linger), never longer than longest_on, counted
   from the last new token (then what sounded is closed longest_on), and only while the sound process lives.
6. It starts on time with what is ready; the time of a missing item stays silent and is recorded, and what becomes
   ready meanwhile joins. With nothing ready it waits: whole until start_by, else to join; it bars nothing meanwhile.
   An emergency does not wait: what has none of its fixed words falls back to the first whole message of its kind in the
   book, then to the built-in tone, and climbs again (PAUSED by itself, RESUMED with its items) once it can be said, one
   that is repeated with its next pass. A single pass begins again, after a boot too, until one was whole.
7. Sound is believed from frames really output, never from a player's "ended". Frames of several sound processes add up.
   What left the card while the relay was not known to be closed was heard by nobody, and is lacking by the device.
8. Each occurrence that was held and whose time came gets exactly one CLOSED. Routine: no frame twice, except in attempt
   2. Rows are kept until no held document names the occurrence. A new stream starts nothing routine before its first
   Welcome; ids in `elsewhere` count as started and closed; other routine begun earlier is closed journal_new.
9. While the wall time is not trusted nothing starts and nothing is given up; what sounds goes on, monotonic.
10. START is durable before the relay closes: the target follows from the journalled state alone.
11. A test tone and a self test are local: asked for in the journal, given their T there (LOCAL_START), ended on the
   monotonic clock, by a boot, by STOP and by whatever has a START; one at a time. The test tone is routine to silences.
   What came of it is told by the frames and the level that went out behind a closed relay. STOP closes what is routine
   or local and has begun; SILENCE is a silence in State.
12. A stream that lives in memory, because the store cannot be written, waits for no Welcome: it airs emergencies and
    what starts after it.
"""

from speaker_node.playout.decide import decide
from speaker_node.playout.evolve import evolve, restore
from speaker_node.playout.witness import Witness, observe

__all__ = ["Witness", "decide", "evolve", "observe", "restore"]
