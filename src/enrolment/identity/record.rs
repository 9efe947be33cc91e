//! An identity as the bytes that are sealed: little-endian, lengths in front.

use time::UtcDateTime;
use zeroize::Zeroizing;

use crate::domain::{Identity, IdentityKey, Polarity};
use crate::enrolment::EnrolmentError;
use crate::enrolment::record::{
    EnrolledReference, Malformed, Reader, put_reference, put_text, put_time,
};

/// The most attributes of a person.
pub(super) const MAX_ATTRIBUTES: usize = 64;
/// The most bytes of an attribute's value.
pub(super) const MAX_VALUE: usize = 4096;

/// The bytes of an identity that is imported at `imported`.
///
/// # Errors
/// If there are too many attributes, or one is too long.
pub(super) fn encode(
    identity: &Identity,
    imported: UtcDateTime,
) -> Result<Zeroizing<Vec<u8>>, EnrolmentError> {
    let Identity {
        key,
        attributes,
        reference,
        quality,
    } = identity;
    let count = u8::try_from(attributes.len())
        .ok()
        .filter(|count| usize::from(*count) <= MAX_ATTRIBUTES)
        .ok_or(EnrolmentError::TooLong {
            what: "the list of attributes",
            limit: MAX_ATTRIBUTES,
        })?;
    // Room for all of it, so that growing leaves no copy behind.
    let texts: usize = attributes.iter().map(|(n, v)| n.len() + v.len() + 3).sum();
    let capacity = texts + 4 * reference.values().len() + 1024;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));

    put_text(&mut bytes, "the ID type", key.id_type())?;
    put_text(&mut bytes, "the ID number", key.number())?;
    put_time(&mut bytes, imported);
    bytes.push(count);
    for (name, value) in attributes {
        put_text(&mut bytes, "the name of an attribute", name)?;
        let length = u16::try_from(value.len())
            .ok()
            .filter(|length| usize::from(*length) <= MAX_VALUE)
            .ok_or(EnrolmentError::TooLong {
                what: "the value of an attribute",
                limit: MAX_VALUE,
            })?;
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(value.as_bytes());
    }
    let reference = EnrolledReference {
        template: reference.clone(),
        polarity: Polarity::Positive,
        quality: *quality,
    };
    put_reference(&mut bytes, &reference)?;
    Ok(bytes)
}

/// The identity in `bytes`, which must hold nothing else, and when it was imported.
///
/// # Errors
/// The first part that can't be right.
pub(in crate::enrolment) fn decode(bytes: &[u8]) -> Result<(Identity, UtcDateTime), Malformed> {
    let mut reader = Reader(bytes);
    let id_type = reader.text("ID type")?;
    let number = reader.text("ID number")?;
    let key = IdentityKey::new(id_type, number).map_err(|_| Malformed("ID number"))?;
    let imported = reader.time()?;
    let count = usize::from(reader.byte()?);
    if count > MAX_ATTRIBUTES {
        return Err(Malformed("number of attributes"));
    }
    let attributes = (0..count)
        .map(|_| attribute(&mut reader))
        .collect::<Result<_, _>>()?;
    let reference = reader.reference()?;
    if !reader.0.is_empty() {
        return Err(Malformed("bytes after the record"));
    }
    let identity = Identity {
        key,
        attributes,
        reference: reference.template,
        quality: reference.quality,
    };
    Ok((identity, imported))
}

fn attribute(reader: &mut Reader) -> Result<(String, String), Malformed> {
    let name = reader.text("name of an attribute")?.to_owned();
    let length = u16::from_le_bytes(reader.array()?);
    let value = str::from_utf8(reader.bytes(length.into())?)
        .map_err(|_| Malformed("value of an attribute"))?;
    Ok((name, value.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{ModelId, Quality, Template};

    fn any_identity() -> impl Strategy<Value = Identity> {
        let attribute = ("\\PC{1,20}", "\\PC{0,300}");
        (
            "[A-Z0-9._-]{1,32}",
            "[A-Z0-9./_-]{1,64}",
            proptest::collection::vec(attribute, 0..5),
            0..=100_u8,
        )
            .prop_map(|(id_type, number, attributes, quality)| Identity {
                key: IdentityKey::new(&id_type, &number).unwrap(),
                attributes,
                reference: Template::new(ModelId::new("m"), vec![0.0, -1.0, 0.0]).unwrap(),
                quality: Quality::new(quality).unwrap(),
            })
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes_the_same(identity in any_identity(), seconds in 0..4_000_000_000_i64) {
            let imported = UtcDateTime::from_unix_timestamp(seconds).unwrap();
            let bytes = encode(&identity, imported).unwrap();
            prop_assert_eq!(decode(&bytes).unwrap(), (identity, imported));
        }

        #[test]
        fn damaged_bytes_never_panic(
            identity in any_identity(), at in any::<prop::sample::Index>(), to in any::<u8>(),
        ) {
            let mut bytes = encode(&identity, UtcDateTime::UNIX_EPOCH).unwrap();
            let at = at.index(bytes.len());
            prop_assert!(decode(&bytes[..at]).is_err());
            bytes[at] = to;
            let _ = decode(&bytes);
        }
    }
}
