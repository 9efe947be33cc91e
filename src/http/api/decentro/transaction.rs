//! `decentroTxnId`: 32 upper-case hexadecimal digits.

/// A new number, for an answer that nobody asks for again.
#[must_use]
pub fn new_id() -> String {
    write(uuid::Uuid::new_v4().as_u128())
}

/// How a number is written.
#[must_use]
pub fn write(number: u128) -> String {
    format!("{number:032X}")
}

/// Reads it back; one number has one spelling.
#[must_use]
pub fn read(text: &str) -> Option<u128> {
    let number = u128::from_str_radix(text, 16).ok()?;
    (write(number) == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        let id = "BC5CD047DB924564AD2B378F5B876963";
        assert_eq!(read(id).map(write).as_deref(), Some(id));
        for other in [
            "",
            "BC5CD047",
            &id.to_lowercase(),
            "+C5CD047DB924564AD2B378F5B876963",
            "../../etc/passwd",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
        assert_eq!(new_id().len(), 32);
    }
}
