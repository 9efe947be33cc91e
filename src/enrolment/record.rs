//! One subject with everything that is enrolled of it, and its form as bytes.
//!
//! Little-endian; texts and lists carry their length in front. The bytes are sealed before they rest
//! anywhere. The decoder takes nothing for granted, since an export comes from outside.

use time::UtcDateTime;
use zeroize::Zeroizing;

use crate::domain::{ModelId, Polarity, Quality, Subject, Template};

use super::{EnrolmentError, MAX_REFERENCES};

/// One template of a subject with what is known of its sample.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrolledReference {
    pub template: Template,
    pub polarity: Polarity,
    pub quality: Quality,
}

/// A subject with its references.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolment {
    pub subject: Subject,
    /// At most [`MAX_REFERENCES`], in the order in which they were enrolled.
    pub references: Vec<EnrolledReference>,
    /// When the subject was first enrolled.
    pub enrolled_at: UtcDateTime,
}

/// Names the part of a record that can't be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

/// The most bytes of a text.
pub(super) const MAX_TEXT: usize = u8::MAX as usize;
const MAX_DIMENSION: usize = 4096;
/// A date of expiry follows.
const EXPIRES: u8 = 1;
/// The enrolment is one for duress.
const DURESS: u8 = 2;
/// The name of a schedule follows.
const SCHEDULE: u8 = 4;

/// The bytes of an enrolment.
///
/// # Errors
/// If the name or a model id is longer than 255 bytes, the name is none ([`Subject::is_name`]), or there are too many references or values.
pub(super) fn encode(enrolment: &Enrolment) -> Result<Zeroizing<Vec<u8>>, EnrolmentError> {
    let Enrolment {
        subject,
        references,
        enrolled_at,
    } = enrolment;
    if references.len() > MAX_REFERENCES {
        return Err(EnrolmentError::TooManyReferences {
            subject: subject.id.clone(),
            wanted: references.len(),
        });
    }
    // Room for all of it, so that growing leaves no copy behind.
    let values: usize = references.iter().map(|r| r.template.values().len()).sum();
    let capacity = 4 * values + (references.len() + 3) * (MAX_TEXT + 8);
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));

    put_text(&mut bytes, "the ID number", subject.id.as_str())?;
    bytes.push(subject.name.is_some().into());
    if let Some(name) = &subject.name {
        put_text(&mut bytes, "the name", name)?;
        // The decoder lets it pass: who was enrolled before there was this rule is still let in.
        if !Subject::is_name(name) {
            return Err(EnrolmentError::NameCharacters {
                subject: subject.id.clone(),
            });
        }
    }
    put_time(&mut bytes, subject.consented);
    let flag = |is_so, flag| if is_so { flag } else { 0 };
    bytes.push(
        flag(subject.expires.is_some(), EXPIRES)
            | flag(subject.duress, DURESS)
            | flag(subject.schedule.is_some(), SCHEDULE),
    );
    if let Some(expires) = subject.expires {
        put_time(&mut bytes, expires);
    }
    if let Some(schedule) = &subject.schedule {
        put_text(&mut bytes, "the schedule", schedule.as_str())?;
    }
    put_time(&mut bytes, *enrolled_at);
    bytes.push(references.len() as u8);
    for reference in references {
        put_reference(&mut bytes, reference)?;
    }
    Ok(bytes)
}

/// The enrolment in `bytes`, which must hold nothing else.
///
/// # Errors
/// The first part that can't be right.
pub(super) fn decode(bytes: &[u8]) -> Result<Enrolment, Malformed> {
    let mut reader = Reader(bytes);
    let id = reader
        .text("ID number")?
        .parse()
        .map_err(|_| Malformed("ID number"))?;
    let name = reader.optional(|r| Ok(r.text("name")?.to_owned()))?;
    let consented = reader.time()?;
    let flags = reader.byte()?;
    if flags & !(EXPIRES | DURESS | SCHEDULE) != 0 {
        return Err(Malformed("optional part"));
    }
    let expires = (flags & EXPIRES != 0).then(|| reader.time()).transpose()?;
    let schedule = (flags & SCHEDULE != 0)
        .then(|| {
            reader
                .text("schedule")?
                .parse()
                .map_err(|_| Malformed("schedule"))
        })
        .transpose()?;
    let enrolled_at = reader.time()?;
    let count = usize::from(reader.byte()?);
    if count > MAX_REFERENCES {
        return Err(Malformed("number of references"));
    }
    let references = (0..count)
        .map(|_| reader.reference())
        .collect::<Result<_, _>>()?;
    if !reader.0.is_empty() {
        return Err(Malformed("bytes after the record"));
    }
    let subject = Subject {
        id,
        name,
        consented,
        expires,
        duress: flags & DURESS != 0,
        schedule,
    };
    Ok(Enrolment {
        subject,
        references,
        enrolled_at,
    })
}

pub(super) fn put_text(
    bytes: &mut Vec<u8>,
    what: &'static str,
    text: &str,
) -> Result<(), EnrolmentError> {
    let length = u8::try_from(text.len()).map_err(|_| EnrolmentError::TooLong {
        what,
        limit: MAX_TEXT,
    })?;
    bytes.push(length);
    bytes.extend_from_slice(text.as_bytes());
    Ok(())
}

pub(super) fn put_time(bytes: &mut Vec<u8>, time: UtcDateTime) {
    bytes.extend_from_slice(&time.unix_timestamp_nanos().to_le_bytes());
}

pub(super) fn put_reference(
    bytes: &mut Vec<u8>,
    reference: &EnrolledReference,
) -> Result<(), EnrolmentError> {
    bytes.push(match reference.polarity {
        Polarity::Positive => 0,
        Polarity::Negative => 1,
    });
    bytes.push(reference.quality.get());
    put_text(bytes, "the model id", reference.template.model().as_str())?;
    let values = reference.template.values();
    if values.len() > MAX_DIMENSION {
        return Err(EnrolmentError::TooLong {
            what: "a template",
            limit: 4 * MAX_DIMENSION,
        });
    }
    bytes.extend_from_slice(&(values.len() as u16).to_le_bytes());
    for value in values {
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    Ok(())
}

/// The bytes that are still to be read.
pub(super) struct Reader<'b>(pub(super) &'b [u8]);

impl<'b> Reader<'b> {
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, rest) = self.0.split_first_chunk().ok_or(Malformed("end"))?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn bytes(&mut self, length: usize) -> Result<&'b [u8], Malformed> {
        let (head, rest) = self.0.split_at_checked(length).ok_or(Malformed("end"))?;
        self.0 = rest;
        Ok(head)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn text(&mut self, what: &'static str) -> Result<&'b str, Malformed> {
        let length = self.byte()?.into();
        str::from_utf8(self.bytes(length)?).map_err(|_| Malformed(what))
    }

    pub(super) fn time(&mut self) -> Result<UtcDateTime, Malformed> {
        let nanoseconds = i128::from_le_bytes(self.array()?);
        UtcDateTime::from_unix_timestamp_nanos(nanoseconds).map_err(|_| Malformed("date"))
    }

    fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        match self.byte()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            _ => Err(Malformed("optional part")),
        }
    }

    pub(super) fn reference(&mut self) -> Result<EnrolledReference, Malformed> {
        let polarity = match self.byte()? {
            0 => Polarity::Positive,
            1 => Polarity::Negative,
            _ => return Err(Malformed("polarity")),
        };
        let quality = Quality::new(self.byte()?).map_err(|_| Malformed("quality"))?;
        let model = ModelId::new(self.text("model id")?);
        let dimension = usize::from(u16::from_le_bytes(self.array()?));
        if dimension > MAX_DIMENSION {
            return Err(Malformed("template length"));
        }
        let (values, _) = self.bytes(4 * dimension)?.as_chunks();
        let values = values.iter().map(|v| f32::from_le_bytes(*v)).collect();
        let template = Template::new(model, values).map_err(|_| Malformed("template"))?;
        Ok(EnrolledReference {
            template,
            polarity,
            quality,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any enrolment whose templates are of `model`, with values that survive scaling to length 1 as they are.
    pub(crate) fn any_enrolment(model: &'static str) -> impl Strategy<Value = Enrolment> {
        let date = || {
            (-2_000_000_000..4_000_000_000_i64)
                .prop_map(|s| UtcDateTime::from_unix_timestamp(s).unwrap())
        };
        let reference =
            (0..192_usize, any::<bool>(), 0..=100_u8).prop_map(move |(axis, sign, q)| {
                let mut values = vec![0.0; 192];
                values[axis] = if sign { 1.0 } else { -1.0 };
                EnrolledReference {
                    template: Template::new(ModelId::new(model), values).unwrap(),
                    polarity: if sign {
                        Polarity::Positive
                    } else {
                        Polarity::Negative
                    },
                    quality: Quality::new(q).unwrap(),
                }
            });
        (
            "[A-Za-z0-9._-]{1,32}",
            proptest::option::of("\\PC{0,40}"),
            date(),
            (
                proptest::option::of(date()),
                any::<bool>(),
                proptest::option::of("[A-Za-z0-9._-]{1,32}"),
            ),
            date(),
            proptest::collection::vec(reference, 1..=MAX_REFERENCES),
        )
            .prop_map(
                |(id, name, consented, (expires, duress, schedule), enrolled_at, references)| {
                    Enrolment {
                        subject: Subject {
                            id: id.parse().unwrap(),
                            name,
                            consented,
                            expires,
                            duress,
                            schedule: schedule.map(|name| name.parse().unwrap()),
                        },
                        references,
                        enrolled_at,
                    }
                },
            )
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes_the_same(enrolment in any_enrolment("m")) {
            let bytes = encode(&enrolment).unwrap();
            prop_assert_eq!(decode(&bytes).unwrap(), enrolment);
        }

        #[test]
        fn a_cut_record_is_malformed(enrolment in any_enrolment("m"), cut in 0.0..1.0_f64) {
            let bytes = encode(&enrolment).unwrap();
            let end = (bytes.len() as f64 * cut) as usize;
            prop_assert!(decode(&bytes[..end]).is_err());
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn a_changed_byte_never_panics(
            enrolment in any_enrolment("m"), at in any::<prop::sample::Index>(), to in any::<u8>(),
        ) {
            let mut bytes = encode(&enrolment).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = to;
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn a_name_that_does_not_fit_is_refused() {
        let subject = Subject {
            id: "7".parse().unwrap(),
            name: Some("é".repeat(128)),
            consented: UtcDateTime::UNIX_EPOCH,
            expires: None,
            duress: false,
            schedule: None,
        };
        let enrolment = Enrolment {
            subject,
            references: vec![],
            enrolled_at: UtcDateTime::UNIX_EPOCH,
        };
        let told = |enrolment: &Enrolment| encode(enrolment).unwrap_err().to_string();
        let error = told(&enrolment);
        assert_eq!(error, "the name is longer than 255 bytes; shorten it");

        let name = Some("\x1b[2JAda".into());
        let subject = Subject {
            name,
            ..enrolment.subject
        };
        let error = told(&Enrolment {
            subject,
            ..enrolment
        });
        assert!(error.contains("control characters"), "{error}");
    }
}
