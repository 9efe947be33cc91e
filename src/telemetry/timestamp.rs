//! UTC times as RFC 3339 text with milliseconds, for `#[serde(with = "timestamp")]`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use time::UtcDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

const FORMAT: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

pub(super) fn serialize<S: Serializer>(at: &UtcDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    at.format(FORMAT)
        .map_err(ser::Error::custom)?
        .serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<UtcDateTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    UtcDateTime::parse(&text, FORMAT).map_err(de::Error::custom)
}

/// The same for a time that may be unknown.
pub(super) mod option {
    use super::*;

    pub(in super::super) fn serialize<S: Serializer>(
        at: &Option<UtcDateTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<UtcDateTime>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| UtcDateTime::parse(&text, FORMAT).map_err(de::Error::custom))
            .transpose()
    }
}
