//! A subscriber to one door's messages, for the demo and for whoever sets a broker up.

use std::thread::{self, JoinHandle};
use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{Client, Event, MqttOptions};

use super::mqtt::MAX_UNACKNOWLEDGED;
use super::{DeviceName, TelemetryError};

/// Listens to everything below `ostiary/<device>/` until it is dropped.
pub struct Monitor {
    client: Client,
    thread: Option<JoinHandle<()>>,
}

impl Monitor {
    /// Subscribes at a broker without TLS; `on_message` gets topic and payload on the monitor's thread.
    ///
    /// # Errors
    /// If the subscription can't be asked for, or the system gives no thread.
    pub fn spawn(
        host: &str,
        port: u16,
        device: &DeviceName,
        mut on_message: impl FnMut(&str, &[u8]) + Send + 'static,
    ) -> Result<Self, TelemetryError> {
        let mut options = MqttOptions::new(format!("ostiary-{device}-monitor"), host, port);
        options.set_outgoing_inflight_upper_limit(MAX_UNACKNOWLEDGED);
        options.set_keep_alive(Duration::from_secs(20));
        let (client, mut connection) = Client::new(options, 16);
        let topic = format!("ostiary/{device}/#");
        let thread = thread::Builder::new()
            .name("monitor".into())
            .spawn(move || {
                // It ends with the first error: after the disconnect, or when the broker has gone.
                for event in connection.iter().map_while(Result::ok) {
                    if let Event::Incoming(Packet::Publish(message)) = event {
                        on_message(&String::from_utf8_lossy(&message.topic), &message.payload);
                    }
                }
            })
            .map_err(|source| TelemetryError::Thread {
                what: "monitor",
                source,
            })?;
        let monitor = Self {
            client,
            thread: Some(thread),
        };
        monitor
            .client
            .subscribe(topic, QoS::AtLeastOnce)
            .map_err(|_| TelemetryError::Stopped)?;
        Ok(monitor)
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        // Refused only if the connection has ended, and then the thread ends too.
        let _ = self.client.try_disconnect();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
