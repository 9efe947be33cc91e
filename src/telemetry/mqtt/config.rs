//! Where the broker is and how to talk to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rumqttc::Transport;
use rumqttc::v5::MqttOptions;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::LastWill;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::telemetry::{DeviceName, DeviceState, Secret, StatusMessage, TelemetryError, Topics};

/// Messages without an acknowledgement that a client makes room for: more than a session ever has, and without a
/// limit the library sets 14 MB aside.
pub(in crate::telemetry) const MAX_UNACKNOWLEDGED: u16 = 64;

/// The broker, and who the door is there.
#[derive(Debug, Clone)]
pub struct MqttConfig {
    /// Name or address of the broker.
    pub host: String,
    /// Usually 1883, or 8883 with TLS.
    pub port: u16,
    /// The name in topics and messages.
    pub device: DeviceName,
    /// Must be the door's own on this broker.
    pub client_id: String,
    pub credentials: Option<Credentials>,
    /// Absent for plain TCP.
    pub tls: Option<TlsConfig>,
    /// How soon a dead connection is noticed, 5 s to 10 min.
    pub keep_alive: Duration,
}

/// Who the door is to the broker.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub username: String,
    pub password: Secret,
}

/// An encrypted connection (TLS 1.2 or 1.3).
#[derive(Debug, Clone)]
pub struct TlsConfig {
    /// The certificates (PEM) one of which must have signed the broker's.
    pub ca_file: PathBuf,
}

impl MqttConfig {
    const KEEP_ALIVE: std::ops::RangeInclusive<u64> = 5..=600;
    /// Brokers must take client identifiers up to 23 bytes; more is common (MQTT 5, 3.1.3.1).
    const MAX_CLIENT_ID: usize = 128;

    /// The broker as messages name it.
    pub(super) fn broker(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub(super) fn options(&self) -> Result<MqttOptions, TelemetryError> {
        self.check()?;
        let will = StatusMessage::new(&self.device, DeviceState::Offline, None);
        let will = serde_json::to_vec(&will).map_err(TelemetryError::Json)?;
        let topic = Topics::of(&self.device).status;
        let mut options = MqttOptions::new(&self.client_id, &self.host, self.port);
        options
            .set_clean_start(true)
            .set_keep_alive(self.keep_alive)
            .set_outgoing_inflight_upper_limit(MAX_UNACKNOWLEDGED)
            .set_last_will(LastWill::new(topic, will, QoS::AtLeastOnce, true, None));
        if let Some(Credentials { username, password }) = &self.credentials {
            options.set_credentials(username, password.expose());
        }
        if let Some(tls) = &self.tls {
            options.set_transport(tls.transport()?);
        }
        Ok(options)
    }

    fn check(&self) -> Result<(), TelemetryError> {
        let fail = |key, problem| Err(TelemetryError::Config { key, problem });
        if self.host.is_empty() || self.host.contains(char::is_whitespace) {
            return fail("host", "give the broker's name or address");
        }
        if self.port == 0 {
            return fail("port", "0 is no port, 1883 and 8883 are usual");
        }
        if !(1..=Self::MAX_CLIENT_ID).contains(&self.client_id.len()) {
            return fail("client_id", "use 1 to 128 characters");
        }
        if !Self::KEEP_ALIVE.contains(&self.keep_alive.as_secs()) {
            return fail("keep_alive", "use 5 s to 10 min");
        }
        Ok(())
    }
}

impl TlsConfig {
    fn transport(&self) -> Result<Transport, TelemetryError> {
        let unfit = |problem: String| TelemetryError::Tls {
            path: self.ca_file.clone(),
            problem,
        };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.ca_file).map_err(|e| unfit(e.to_string()))? {
            roots.add(certificate).map_err(|e| unfit(e.to_string()))?;
        }
        if roots.is_empty() {
            return Err(unfit("holds no certificate in PEM".into()));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| unfit(e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Transport::tls_with_config(config.into()))
    }
}

fn certificates(
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_file_iter(path)?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> MqttConfig {
        MqttConfig {
            host: "broker.example".into(),
            port: 8883,
            device: "north-door".parse().unwrap(),
            client_id: "north-door".into(),
            credentials: None,
            tls: None,
            keep_alive: Duration::from_secs(30),
        }
    }

    #[test]
    fn a_value_that_wont_do_is_named() {
        assert!(config().options().is_ok());
        type Spoil = fn(&mut MqttConfig);
        let cases: [(&str, Spoil); 4] = [
            ("host", |c| c.host.clear()),
            ("port", |c| c.port = 0),
            ("client_id", |c| c.client_id.clear()),
            ("keep_alive", |c| c.keep_alive = Duration::from_secs(1)),
        ];
        for (key, spoil) in cases {
            let mut config = config();
            spoil(&mut config);
            let error = config.options().unwrap_err();
            assert!(
                error.to_string().starts_with(&format!("mqtt.{key}:")),
                "{error}"
            );
        }
    }

    #[test]
    fn an_unfit_ca_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let ca_file = dir.path().join("ca.pem");
        let mut config = config();
        for content in [
            None,
            Some("no certificate"),
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ] {
            if let Some(content) = content {
                std::fs::write(&ca_file, content).unwrap();
            }
            config.tls = Some(TlsConfig {
                ca_file: ca_file.clone(),
            });
            let error = config.options().unwrap_err();
            assert!(error.to_string().contains("ca.pem"), "{error}");
        }
    }
}
