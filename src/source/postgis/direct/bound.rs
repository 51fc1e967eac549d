//! Values for the parameters of a statement, in PostgreSQL's binary formats.

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::catalog::ColumnType;
use crate::query::Literal;

/// A value for a parameter `$n`.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// A `bool`.
    Boolean(bool),
    /// An `int8`.
    Integer(i64),
    /// A `float4`.
    Real(f32),
    /// A `float8`.
    Double(f64),
    /// A `text`.
    Text(String),
    /// A decimal number, which is sent as text and cast by the statement.
    Decimal(String),
    /// A `date`, in days since 1970-01-01.
    Date(i32),
    /// A `timestamp`, in microseconds since 1970-01-01T00:00:00.
    Timestamp(i64),
    /// A `time`, in microseconds since midnight.
    Time(i64),
    /// A `uuid`.
    Uuid(u128),
    /// A `bytea`.
    Bytes(Vec<u8>),
}

/// The number of days from 1970-01-01 to 2000-01-01, PostgreSQL's epoch.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROSECONDS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

impl Bound {
    /// Returns the value of a literal that is compared as type `kind`.
    pub fn of(literal: &Literal, kind: ColumnType) -> Bound {
        match (literal, kind) {
            // As in resident layers, a 32-bit float is the number of its shortest digits.
            (Literal::Number(value), ColumnType::Real) => Bound::Real(*value as f32),
            (Literal::Integer(value), ColumnType::Real) => Bound::Real(*value as f32),
            (Literal::Integer(value), ColumnType::Double) => Bound::Double(*value as f64),
            (Literal::Integer(value), ColumnType::Numeric) => Bound::Decimal(value.to_string()),
            (Literal::Boolean(value), _) => Bound::Boolean(*value),
            (Literal::Integer(value), _) => Bound::Integer(*value),
            (Literal::Number(value), _) => Bound::Double(*value),
            (Literal::Decimal(digits), _) => Bound::Decimal(digits.clone()),
            (Literal::Text(text), _) => Bound::Text(text.clone()),
            (Literal::Date(days), _) => Bound::Date(*days),
            (Literal::Timestamp(micros), _) => Bound::Timestamp(*micros),
            (Literal::Time(micros), _) => Bound::Time(*micros),
            (Literal::Uuid(id), _) => Bound::Uuid(*id),
        }
    }

    /// Returns the type that the parameter is declared with.
    pub fn declared(&self) -> Type {
        match self {
            Bound::Boolean(_) => Type::BOOL,
            Bound::Integer(_) => Type::INT8,
            Bound::Real(_) => Type::FLOAT4,
            Bound::Double(_) => Type::FLOAT8,
            Bound::Text(_) | Bound::Decimal(_) => Type::TEXT,
            Bound::Date(_) => Type::DATE,
            Bound::Timestamp(_) => Type::TIMESTAMP,
            Bound::Time(_) => Type::TIME,
            Bound::Uuid(_) => Type::UUID,
            Bound::Bytes(_) => Type::BYTEA,
        }
    }
}

impl ToSql for Bound {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Bound::Boolean(value) => out.put_u8(u8::from(*value)),
            Bound::Integer(value) => out.put_i64(*value),
            Bound::Real(value) => out.put_f32(*value),
            Bound::Double(value) => out.put_f64(*value),
            Bound::Text(text) | Bound::Decimal(text) => out.put_slice(text.as_bytes()),
            // The ends of the range are PostgreSQL's infinities and stay.
            Bound::Date(days) if *days == i32::MAX => out.put_i32(i32::MAX),
            Bound::Date(days) => out.put_i32(days.saturating_sub(EPOCH_DAYS)),
            Bound::Timestamp(micros) if *micros == i64::MAX => out.put_i64(i64::MAX),
            Bound::Timestamp(micros) => out.put_i64(micros.saturating_sub(EPOCH_MICROSECONDS)),
            Bound::Time(micros) => out.put_i64(*micros),
            Bound::Uuid(id) => out.put_u128(*id),
            Bound::Bytes(bytes) => out.put_slice(bytes),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn bytes(bound: Bound) -> Vec<u8> {
        let mut out = BytesMut::new();
        bound.to_sql(&bound.declared(), &mut out).unwrap();
        out.to_vec()
    }

    #[test]
    fn dates_count_from_2000_and_infinities_stay() {
        assert_eq!(bytes(Bound::Date(10_957)), 0i32.to_be_bytes());
        assert_eq!(bytes(Bound::Date(i32::MAX)), i32::MAX.to_be_bytes());
        assert_eq!(bytes(Bound::Date(i32::MIN)), i32::MIN.to_be_bytes());
        assert_eq!(bytes(Bound::Timestamp(EPOCH_MICROSECONDS + 7)), 7i64.to_be_bytes());
        assert_eq!(bytes(Bound::Timestamp(i64::MIN)), i64::MIN.to_be_bytes());
    }

    #[test]
    fn a_literal_is_bound_as_what_it_is_compared_as() {
        assert_eq!(Bound::of(&Literal::Number(0.1), ColumnType::Real), Bound::Real(0.1));
        assert_eq!(Bound::of(&Literal::Integer(7), ColumnType::Numeric), Bound::Decimal("7".into()));
        assert_eq!(Bound::of(&Literal::Integer(7), ColumnType::BigInteger), Bound::Integer(7));
    }
}
