//! What was handed to the connection and is not yet acknowledged.

use std::collections::{HashMap, VecDeque};

use crate::telemetry::EntryId;

/// A message that was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    Queued(EntryId),
    Status,
}

/// Follows messages from the request over the packet id to the PUBACK.
///
/// The connection tells the packet id only as it sends; it sends in the order of the requests.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    requested: VecDeque<Sent>,
    sent: HashMap<u16, Sent>,
    acknowledged: Vec<EntryId>,
}

impl InFlight {
    /// `message` is about to be requested.
    pub(super) fn requested(&mut self, message: Sent) {
        self.requested.push_back(message);
    }

    /// The oldest request went out under this packet id.
    pub(super) fn sent(&mut self, packet_id: u16) {
        if let Some(message) = self.requested.pop_front() {
            self.sent.insert(packet_id, message);
        }
    }

    /// The broker has taken responsibility for the message of this packet id.
    pub(super) fn acknowledged(&mut self, packet_id: u16) {
        if let Some(Sent::Queued(id)) = self.sent.remove(&packet_id) {
            self.acknowledged.push(id);
        }
    }

    /// The decisions acknowledged since the last call.
    pub(super) fn take_acknowledged(&mut self) -> Vec<EntryId> {
        std::mem::take(&mut self.acknowledged)
    }

    /// How many messages have no acknowledgement yet.
    pub(super) fn len(&self) -> usize {
        self.requested.len() + self.sent.len()
    }

    /// Whether everything handed over is acknowledged and taken.
    pub(super) fn is_settled(&self) -> bool {
        self.len() == 0 && self.acknowledged.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledgements_find_their_messages_in_any_order() {
        let (first, second) = (EntryId::from_raw(1), EntryId::from_raw(2));
        let mut in_flight = InFlight::default();
        in_flight.requested(Sent::Queued(first));
        in_flight.requested(Sent::Status);
        in_flight.requested(Sent::Queued(second));
        for packet_id in [7, 8, 9] {
            in_flight.sent(packet_id);
        }
        in_flight.acknowledged(9);
        assert_eq!(in_flight.take_acknowledged(), [second]);
        in_flight.acknowledged(9);
        in_flight.acknowledged(8);
        in_flight.acknowledged(1234);
        assert_eq!(in_flight.len(), 1);
        in_flight.acknowledged(7);
        assert!(!in_flight.is_settled());
        assert_eq!(in_flight.take_acknowledged(), [first]);
        assert!(in_flight.is_settled());
    }
}
