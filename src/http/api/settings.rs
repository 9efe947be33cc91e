//! What the server is told about itself, already checked by `config`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use crate::domain::{Band, Policy};

/// The requests that are understood: our own, and those of other verification services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    Own,
    Kairos,
    Verifik,
    Didit,
    Decentro,
    IdMatch,
}

impl Dialect {
    /// The word for logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Kairos => "kairos",
            Self::Verifik => "verifik",
            Self::Didit => "didit",
            Self::Decentro => "decentro",
            Self::IdMatch => "id_match",
        }
    }
}

/// Settings of the local API.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Absent for plain HTTP.
    pub tls: Option<TlsFiles>,
    pub dialects: Vec<Dialect>,
    /// How clients reach the server, as in `https://kiosk.example`, without a slash at the end. The
    /// address listened on if absent.
    pub public_url: Option<String>,
    /// Hosts that may be fetched from and called back: `host`, or `host:port` for private addresses too.
    pub allowed_hosts: Vec<String>,
    /// Asked for identities in place of the board's own table; its host must be allowed.
    pub identity_url: Option<String>,
    /// Of one key.
    pub requests_per_minute: NonZeroU32,
    /// Where the board stands, for dialects that tell it.
    pub place: Option<Place>,
    /// Bands other than a dialect's own.
    pub bands: BTreeMap<Dialect, ScoreBands>,
    /// The door's name.
    pub device: String,
    /// The door's thresholds, which hold where a dialect has none of its own.
    pub policy: Policy,
    /// Holds what sessions keep for their short life; made and wiped by whoever uses it.
    pub sessions_folder: PathBuf,
}

impl ApiSettings {
    /// The bands of a dialect: those of the config, else `documented`, the dialect's own.
    #[must_use]
    pub fn bands(&self, dialect: Dialect, documented: ScoreBands) -> ScoreBands {
        self.bands.get(&dialect).copied().unwrap_or(documented)
    }
}

/// PEM files of the server's certificate chain and its key.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Degrees, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    pub latitude: f64,
    pub longitude: f64,
}

/// What scores mean to a dialect's callers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreBands {
    pub comparison: ScoreBand,
    pub liveness: ScoreBand,
}

/// Thresholds of a score from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreBand {
    /// Below it a score is rejected.
    pub review_from: f32,
    /// From it a score is accepted.
    pub accept_from: f32,
}

impl ScoreBand {
    /// The band a score falls into; NaN is rejected.
    #[must_use]
    pub fn of(&self, score: f32) -> Band {
        if score >= self.accept_from {
            Band::Accept
        } else if score >= self.review_from {
            Band::Review
        } else {
            Band::Reject
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_belong_to_the_better_band_and_nan_to_none() {
        let band = ScoreBand {
            review_from: 0.4,
            accept_from: 0.56,
        };
        for (score, expected) in [
            (0.56, Band::Accept),
            (0.559, Band::Review),
            (0.4, Band::Review),
            (0.399, Band::Reject),
            (f32::NAN, Band::Reject),
        ] {
            assert_eq!(band.of(score), expected, "{score}");
        }
    }
}
