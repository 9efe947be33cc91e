//! A broker inside this process, so that the demo needs no server.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};

use super::TelemetryError;

/// An MQTT 5 broker on a free port of 127.0.0.1, open to every process of this machine.
///
/// It keeps everything in memory and runs until the process ends; it logs as `rumqttd`.
#[derive(Debug)]
pub struct EmbeddedBroker {
    address: SocketAddr,
}

impl EmbeddedBroker {
    const START_LIMIT: Duration = Duration::from_secs(5);

    /// Starts the broker; it answers on return.
    ///
    /// # Errors
    /// If there is no free port, no thread can be started, or the broker does not answer.
    pub fn start() -> Result<Self, TelemetryError> {
        let failed = |source| TelemetryError::Thread {
            what: "broker",
            source,
        };
        // The broker takes an address, not a socket: the system picks a port that is free now.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .map_err(failed)?;
        let mut broker = Broker::new(config(address));
        thread::Builder::new()
            .name("broker".into())
            .spawn(move || {
                if let Err(error) = broker.start() {
                    tracing::error!("embedded broker: {error}");
                }
            })
            .map_err(failed)?;
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if started.elapsed() > Self::START_LIMIT {
                return Err(TelemetryError::BrokerSilent { address });
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(Self { address })
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

fn config(listen: SocketAddr) -> Config {
    let server = ServerSettings {
        name: "v5".into(),
        listen,
        tls: None,
        next_connection_delay_ms: 1,
        connections: ConnectionSettings {
            connection_timeout_ms: 5_000,
            max_payload_size: 16 * 1024,
            max_inflight_count: 100,
            auth: None,
            external_auth: None,
            dynamic_filters: true,
        },
    };
    Config {
        router: RouterConfig {
            max_connections: 32,
            max_outgoing_packet_count: 200,
            // Messages of a topic are kept up to twice this size, in bytes.
            max_segment_size: 256 * 1024,
            max_segment_count: 2,
            ..RouterConfig::default()
        },
        v5: Some([("v5".to_owned(), server)].into()),
        ..Config::default()
    }
}
