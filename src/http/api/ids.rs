//! Identifiers that answers carry: random, so that they tell nothing and don't repeat.

use time::UtcDateTime;
use uuid::Uuid;

/// 24 hexadecimal digits: four bytes of the time in seconds, then eight random ones.
#[must_use]
pub fn object_id(now: UtcDateTime) -> String {
    let seconds = now.unix_timestamp() as u32;
    let random = Uuid::new_v4().as_u128() as u64;
    format!("{seconds:08x}{random:016x}")
}

/// `length` random capitals and digits without those that are easily mistaken (0, O, 1, I).
#[must_use]
pub fn short_id(length: usize) -> String {
    const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let mut random = Uuid::new_v4().as_u128();
    // The last 62 bits of a version 4 UUID are random (RFC 9562, section 5.4).
    let mut left = 62;
    (0..length)
        .map(|_| {
            if left < 5 {
                random = Uuid::new_v4().as_u128();
                left = 62;
            }
            let letter = ALPHABET[(random & 31) as usize];
            random >>= 5;
            left -= 5;
            char::from(letter)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_have_their_shape_and_differ() {
        let now = UtcDateTime::from_unix_timestamp(0x66e6_50d6).unwrap();
        let id = object_id(now);
        assert!(id.starts_with("66e650d6") && id.len() == 24);
        assert!(id.chars().all(|c| c.is_ascii_hexdigit()));
        let ids: HashSet<String> = (0..1000).map(|_| short_id(12)).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| id.len() == 12));
        assert_eq!(short_id(40).len(), 40);
    }
}
