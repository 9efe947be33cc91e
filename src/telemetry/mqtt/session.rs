//! One connection: from CONNECT to the loss of it, or to the orderly end.

use std::cell::RefCell;
use std::sync::atomic::Ordering;
use std::time::Instant;

use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{
    Filter, Packet, PubAckReason, Publish, PublishProperties, RetainForwardRule,
    SubscribeReasonCode,
};
use rumqttc::v5::{AsyncClient, ClientError, Event, EventLoop};
use serde::Serialize;
use time::UtcDateTime;

use super::client::Client;
use super::in_flight::{InFlight, Sent};
use crate::telemetry::{
    DeviceState, Entry, EntryId, QueuedMessage, StatusMessage, TelemetryError, parse_claim,
};

/// Messages on their way at a time; below the 20 that brokers commonly allow (Mosquitto's
/// `max_inflight_messages`), so that the connection never waits for a packet id.
const WINDOW: usize = 16;

/// A message that leaves later than this is marked as delayed.
const DELAYED_AFTER: time::Duration = time::Duration::seconds(5);

impl Client {
    /// One session. Ends well only after the call to stop, with everything delivered.
    pub(super) async fn session(&self) -> Result<(), TelemetryError> {
        let (client, mut connection) = AsyncClient::new(self.options.clone(), WINDOW);
        // The first packet from the broker is its CONNACK, or this is an error.
        connection.poll().await.map_err(|error| self.lost(error))?;
        self.shared.connected.store(true, Ordering::Relaxed);
        tracing::info!("connected to broker {}", self.broker);
        let in_flight = RefCell::default();
        let feed = Feed {
            client: self,
            requests: client,
            in_flight: &in_flight,
        };
        tokio::try_join!(self.drive(&mut connection, &in_flight), feed.run())?;
        Ok(())
    }

    /// Moves packets until the connection is lost, or closed by us.
    async fn drive(
        &self,
        connection: &mut EventLoop,
        in_flight: &RefCell<InFlight>,
    ) -> Result<(), TelemetryError> {
        loop {
            match connection.poll().await.map_err(|error| self.lost(error))? {
                Event::Outgoing(Outgoing::Publish(packet_id)) => {
                    in_flight.borrow_mut().sent(packet_id);
                }
                Event::Outgoing(Outgoing::Disconnect) => return Ok(()),
                Event::Incoming(Packet::PubAck(ack)) => {
                    self.check_accepted(ack.reason)?;
                    in_flight.borrow_mut().acknowledged(ack.pkid);
                    self.shared.wake.notify_one();
                }
                Event::Incoming(Packet::SubAck(ack)) => {
                    let refused = |code| !matches!(code, SubscribeReasonCode::Success(_));
                    if ack.return_codes.into_iter().any(refused) {
                        tracing::warn!("broker {} lets us take no commands", self.broker);
                    }
                }
                Event::Incoming(Packet::Publish(publish)) => self.command(&publish),
                _ => {}
            }
        }
    }

    fn check_accepted(&self, reason: PubAckReason) -> Result<(), TelemetryError> {
        match reason {
            PubAckReason::Success | PubAckReason::NoMatchingSubscribers => Ok(()),
            reason => Err(TelemetryError::Refused {
                broker: self.broker.clone(),
                reason: format!("{reason:?}"),
            }),
        }
    }

    fn command(&self, publish: &Publish) {
        if publish.topic != self.topics.claim.as_bytes() {
            return;
        }
        if publish.retain {
            tracing::warn!("ignored a retained command: nobody claims anything by it now");
            return;
        }
        match parse_claim(&publish.payload) {
            Ok(subject) => (self.on_command)(subject),
            Err(error) => tracing::warn!("ignored a command: {error}"),
        }
    }
}

/// Hands messages to the connection, as many as the window takes.
struct Feed<'s> {
    client: &'s Client,
    requests: AsyncClient,
    in_flight: &'s RefCell<InFlight>,
}

impl Feed<'_> {
    async fn run(self) -> Result<(), TelemetryError> {
        self.subscribe().await?;
        self.deliver().await?;
        self.say_goodbye().await
    }

    async fn subscribe(&self) -> Result<(), TelemetryError> {
        let mut claims = Filter::new(&self.client.topics.claim, QoS::AtLeastOnce);
        claims.retain_forward_rule = RetainForwardRule::Never;
        self.requests
            .subscribe_many([claims])
            .await
            .map_err(stopped)
    }

    /// Keeps the broker up to date until the call to stop, and then until the outbox is empty.
    async fn deliver(&self) -> Result<(), TelemetryError> {
        let outbox = &self.client.shared.outbox;
        let mut status = self.client.status.clone();
        let mut stop = self.client.stop.clone();
        let mut newest = EntryId::default();
        status.mark_changed();
        loop {
            if status.has_changed().unwrap_or(false) {
                let now = *status.borrow_and_update();
                self.status(now.state, now.since).await?;
            }
            let stopping = stop.borrow_and_update().is_some();
            outbox.remove(&self.take_acknowledged())?;
            let room = WINDOW.saturating_sub(self.in_flight.borrow().len());
            for entry in outbox.pending(newest, room)? {
                newest = entry.id;
                self.queued(entry).await?;
            }
            if stopping && self.in_flight.borrow().is_settled() {
                return Ok(());
            }
            tokio::select! {
                () = self.client.shared.wake.notified() => {}
                Ok(()) = status.changed() => status.mark_changed(),
                Ok(()) = stop.changed() => {}
            }
        }
    }

    async fn say_goodbye(&self) -> Result<(), TelemetryError> {
        // The call may have come after the client last looked at it: whoever has no time left leaves the
        // word to the last will, and is ended from outside.
        let is_over = |deadline: Instant| deadline <= Instant::now();
        let out_of_time = self.client.stop.borrow().is_some_and(is_over);
        if out_of_time {
            std::future::pending::<()>().await;
        }
        self.status(DeviceState::Offline, UtcDateTime::now())
            .await?;
        while !self.in_flight.borrow().is_settled() {
            self.client.shared.wake.notified().await;
        }
        self.requests.disconnect().await.map_err(stopped)
    }

    async fn queued(&self, entry: Entry) -> Result<(), TelemetryError> {
        let mut message = entry.message;
        let topics = &self.client.topics;
        let (topic, at, delayed) = match &mut message {
            QueuedMessage::Decision(m) => (&topics.decision, m.decided_at, &mut m.delayed),
            QueuedMessage::Door(m) if m.is_alarm() => (&topics.alarm, m.at, &mut m.delayed),
            QueuedMessage::Door(m) if m.is_duress() => (&topics.duress, m.at, &mut m.delayed),
            QueuedMessage::Enrolment(m) => (&topics.enrolment, m.at, &mut m.delayed),
            QueuedMessage::Door(m) => (&topics.door, m.at, &mut m.delayed),
        };
        // A clock that was set back in between makes a message of the future: also not fresh.
        *delayed = (UtcDateTime::now() - at).abs() > DELAYED_AFTER;
        self.publish(Sent::Queued(entry.id), topic, false, &message)
            .await
    }

    async fn status(&self, state: DeviceState, since: UtcDateTime) -> Result<(), TelemetryError> {
        let message = StatusMessage::new(&self.client.device, state, Some(since));
        self.publish(Sent::Status, &self.client.topics.status, true, &message)
            .await
    }

    async fn publish(
        &self,
        sent: Sent,
        topic: &str,
        retain: bool,
        message: &impl Serialize,
    ) -> Result<(), TelemetryError> {
        let payload = serde_json::to_vec(message).map_err(TelemetryError::Json)?;
        let properties = PublishProperties {
            payload_format_indicator: Some(1),
            content_type: Some("application/json".into()),
            ..PublishProperties::default()
        };
        self.in_flight.borrow_mut().requested(sent);
        self.requests
            .publish_with_properties(topic, QoS::AtLeastOnce, retain, payload, properties)
            .await
            .map_err(stopped)
    }

    fn take_acknowledged(&self) -> Vec<EntryId> {
        self.in_flight.borrow_mut().take_acknowledged()
    }
}

fn stopped(_: ClientError) -> TelemetryError {
    TelemetryError::Stopped
}
