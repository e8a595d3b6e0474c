//! Who is there, and what is said to them.

use asyncio::{Event, PutError, Queue};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many lines may wait for a client that does not read them.
const QUEUE: usize = 64;

/// A line as it is sent, its end included.
pub(crate) type Line = Arc<str>;

/// The lines that wait for one client, and whether they became too many.
pub(crate) struct Inbox {
    pub(crate) lines: Queue<Line>,
    pub(crate) too_slow: Event,
}

#[derive(Default)]
pub(crate) struct Room(Mutex<Members>);

#[derive(Default)]
struct Members {
    inboxes: BTreeMap<u64, Arc<Inbox>>,
    next: u64,
}

/// A place in the room, until it is dropped.
pub(crate) struct Member<'room> {
    room: &'room Room,
    id: u64,
    pub(crate) name: String,
    pub(crate) inbox: Arc<Inbox>,
}

impl Room {
    fn members(&self) -> MutexGuard<'_, Members> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets somebody in.
    pub(crate) fn enter(&self, name: String) -> Member<'_> {
        let inbox = Arc::new(Inbox {
            lines: Queue::new(QUEUE),
            too_slow: Event::new(),
        });
        let mut members = self.members();
        let id = members.next;
        members.next += 1;
        members.inboxes.insert(id, Arc::clone(&inbox));
        drop(members);
        Member {
            room: self,
            id,
            name,
            inbox,
        }
    }
}

impl Member<'_> {
    /// Says something to all the others. Never waits: who has no room for it is put out.
    pub(crate) fn tell_others(&self, what: &str) {
        let line = Line::from(format!("{what}\n"));
        for (_, inbox) in self
            .room
            .members()
            .inboxes
            .iter()
            .filter(|(id, _)| **id != self.id)
        {
            if let Err(PutError::Full(_)) = inbox.lines.put_nowait(Line::clone(&line)) {
                inbox.too_slow.set();
            }
        }
    }
}

impl Drop for Member<'_> {
    fn drop(&mut self) {
        self.room.members().inboxes.remove(&self.id);
    }
}
