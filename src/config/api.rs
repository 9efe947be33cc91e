//! The `[api]` section: the local API.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The local API. Off unless the section is there and says `enabled = true`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Api {
    pub enabled: bool,
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    /// PEM files; both or neither.
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub dialects: Vec<Dialect>,
    /// How clients reach the server, if not by the address it listens on.
    pub public_url: Option<String>,
    /// `host`, or `host:port`.
    pub allowed_hosts: Vec<String>,
    /// The register that is asked for identities, if not the board's own table.
    pub identity_url: Option<String>,
    pub requests_per_minute: NonZeroU32,
    pub place: Option<Place>,
    pub bands: Bands,
}

/// Requests that the API understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    Own,
    Kairos,
    Verifik,
    Didit,
    Decentro,
    IdMatch,
}

/// Where the board stands, in degrees (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub latitude: f64,
    pub longitude: f64,
}

/// Thresholds of dialects, where other ones than the documented are wanted.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bands {
    pub kairos: Option<DialectBands>,
    pub didit: Option<DialectBands>,
    pub decentro: Option<DialectBands>,
    pub id_match: Option<DialectBands>,
}

/// `[review from, accept from]`, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialectBands {
    pub comparison: [f32; 2],
    pub liveness: [f32; 2],
}

impl Default for Api {
    fn default() -> Self {
        Self {
            enabled: false,
            listen: SocketAddr::from(([127, 0, 0, 1], 8089)),
            tls_certificate: None,
            tls_key: None,
            dialects: vec![Dialect::Own],
            public_url: None,
            allowed_hosts: Vec::new(),
            identity_url: None,
            requests_per_minute: NonZeroU32::MIN.saturating_add(59),
            place: None,
            bands: Bands::default(),
        }
    }
}

impl Api {
    /// The first key that won't do, and why.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            return Err(("api.tls_key", "tls_certificate and tls_key go together"));
        }
        if self.tls_key.is_none() && !self.listen.ip().is_loopback() {
            return Err((
                "api.listen",
                "faces and keys would cross the network in clear: set tls_certificate and tls_key, or listen on loopback",
            ));
        }
        let is_url = |url: &String| {
            let rest = url.strip_prefix("https://").or(url.strip_prefix("http://"));
            rest.is_some_and(|rest| {
                !rest.is_empty() && !rest.ends_with('/') && !rest.contains(char::is_whitespace)
            })
        };
        if self.public_url.as_ref().is_some_and(|url| !is_url(url)) {
            return Err((
                "api.public_url",
                "must be like https://kiosk.example, without a slash at the end",
            ));
        }
        if self.identity_url.as_ref().is_some_and(|url| !is_url(url)) {
            return Err((
                "api.identity_url",
                "must be like https://register.example/lookup, and its host among allowed_hosts",
            ));
        }
        let is_host = |entry: &String| {
            !entry.is_empty() && !entry.contains('/') && !entry.contains(char::is_whitespace)
        };
        if !self.allowed_hosts.iter().all(is_host) {
            return Err((
                "api.allowed_hosts",
                "each entry is a host, or host:port, without https://",
            ));
        }
        if self.place.is_some_and(|place| {
            !(-90.0..=90.0).contains(&place.latitude)
                || !(-180.0..=180.0).contains(&place.longitude)
        }) {
            return Err((
                "api.place",
                "latitude is from -90 to 90, longitude from -180 to 180",
            ));
        }
        let bands = [
            self.bands.kairos,
            self.bands.didit,
            self.bands.decentro,
            self.bands.id_match,
        ];
        let is_band = |[review, accept]: [f32; 2]| {
            (0.0..=1.0).contains(&review) && (review..=1.0).contains(&accept)
        };
        if bands
            .iter()
            .flatten()
            .any(|bands| !is_band(bands.comparison) || !is_band(bands.liveness))
        {
            return Err((
                "api.bands",
                "a band is [review from, accept from], both from 0 to 1 and rising",
            ));
        }
        Ok(())
    }

    /// Relative paths start from `folder`.
    pub(super) fn start_paths_from(&mut self, folder: &Path) {
        for file in [&mut self.tls_certificate, &mut self.tls_key]
            .into_iter()
            .flatten()
        {
            *file = folder.join(&*file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> Option<&'static str> {
        let api: Api = toml::from_str(text).unwrap();
        api.check().err().map(|(key, _)| key)
    }

    #[test]
    fn it_is_off_and_on_loopback_unless_told_otherwise() {
        let api = Api::default();
        assert!(!api.enabled && api.listen.ip().is_loopback());
        assert_eq!(problem("enabled = true"), None);
    }

    #[test]
    fn what_wont_do_is_named() {
        for (text, key) in [
            ("listen = '0.0.0.0:80'", "api.listen"),
            ("tls_key = 'k'", "api.tls_key"),
            ("public_url = 'kiosk.example'", "api.public_url"),
            ("identity_url = 'register.example'", "api.identity_url"),
            ("public_url = 'https://kiosk.example/'", "api.public_url"),
            ("allowed_hosts = ['https://a.example']", "api.allowed_hosts"),
            ("place = { latitude = 91, longitude = 0 }", "api.place"),
            (
                "bands.kairos = { comparison = [0.6, 0.4], liveness = [0.4, 0.6] }",
                "api.bands",
            ),
            (
                "bands.kairos = { comparison = [nan, 0.4], liveness = [0.4, 0.6] }",
                "api.bands",
            ),
        ] {
            assert_eq!(problem(text), Some(key), "{text}");
        }
        let tls = "listen = '0.0.0.0:443'\ntls_certificate = 'c'\ntls_key = 'k'";
        assert_eq!(problem(tls), None);
        assert!(toml::from_str::<Api>("dialects = ['klingon']").is_err());
        assert!(toml::from_str::<Api>("requests_per_minute = 0").is_err());
    }
}
