//! Content codings (RFC 9110, 8.4): which one a client takes, and the compression of what is kept.

use std::io::Write;

use axum::http::{HeaderMap, HeaderValue, header};

/// What is shorter gains nothing by compression that its header would not cost.
const SHORTEST: usize = 200;
/// Levels for what is compressed once and sent often: near the best size that does not cost many times the time.
const ZSTD_LEVEL: i32 = 6;
const BROTLI_LEVEL: u32 = 5;
const GZIP_LEVEL: u32 = 6;
const BROTLI_WINDOW: u32 = 22;

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// None.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
    /// br (RFC 7932).
    Brotli,
    /// zstd (RFC 8878).
    Zstd,
}

/// Of equally welcome ones the first: quickest to make and among the smallest.
const PREFERRED: [Coding; 3] = [Coding::Zstd, Coding::Brotli, Coding::Gzip];

impl Coding {
    /// The coding that suits `Accept-Encoding` best; none where the client names none of ours.
    pub fn accepted(headers: &HeaderMap) -> Coding {
        let Some(accepted) = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok())
        else {
            return Coding::Identity;
        };
        let mut best = (0.0, Coding::Identity);
        for coding in PREFERRED {
            let quality = coding.quality(accepted);
            if quality > best.0 {
                best = (quality, coding);
            }
        }
        best.1
    }

    /// The weight that the header gives to this coding, 0 where it is not welcome.
    fn quality(self, accepted: &str) -> f32 {
        let mut any = 0.0;
        for range in accepted.split(',') {
            let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
            let name = name.trim();
            let weight = parameters.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(1.0);
            if self.token().is_some_and(|token| name.eq_ignore_ascii_case(token)) {
                return weight;
            }
            if name == "*" {
                any = weight;
            }
        }
        any
    }

    /// The word of `Content-Encoding`; identity has none.
    pub fn token(self) -> Option<&'static str> {
        match self {
            Coding::Identity => None,
            Coding::Gzip => Some("gzip"),
            Coding::Brotli => Some("br"),
            Coding::Zstd => Some("zstd"),
        }
    }

    /// The value of `Content-Encoding`.
    pub fn header(self) -> Option<HeaderValue> {
        self.token().map(HeaderValue::from_static)
    }

    /// The bytes in this coding. What would not become shorter stays as it is: the coding used comes back.
    pub fn encode(self, bytes: Vec<u8>) -> (Vec<u8>, Coding) {
        if bytes.len() < SHORTEST {
            return (bytes, Coding::Identity);
        }
        match self.compress(&bytes) {
            Some(packed) if packed.len() < bytes.len() => (packed, self),
            _ => (bytes, Coding::Identity),
        }
    }

    /// Writing into memory does not fail; if it did, the bytes would go uncompressed.
    fn compress(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let room = Vec::with_capacity(bytes.len() / 2);
        match self {
            Coding::Identity => None,
            Coding::Zstd => zstd::bulk::compress(bytes, ZSTD_LEVEL).ok(),
            Coding::Gzip => {
                let mut packer = flate2::write::GzEncoder::new(room, flate2::Compression::new(GZIP_LEVEL));
                packer.write_all(bytes).ok()?;
                packer.finish().ok()
            }
            Coding::Brotli => {
                let mut packer = brotli::CompressorWriter::new(room, 1 << 16, BROTLI_LEVEL, BROTLI_WINDOW);
                packer.write_all(bytes).ok()?;
                Some(packer.into_inner())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn accepted(value: &'static str) -> Coding {
        Coding::accepted(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]))
    }

    #[test]
    fn the_client_chooses_and_we_choose_between_equals() {
        assert_eq!(accepted("gzip, deflate, br, zstd"), Coding::Zstd);
        assert_eq!(accepted("gzip, deflate, br"), Coding::Brotli);
        assert_eq!(accepted("gzip"), Coding::Gzip);
        assert_eq!(accepted("GZIP;q=0.5, zstd;q=0.1"), Coding::Gzip);
        assert_eq!(accepted("zstd;q=0, *"), Coding::Brotli);
        for none in ["identity", "deflate", "", "gzip;q=0", "*;q=0", ";;,,q=", "gzip;q=nan"] {
            assert_eq!(accepted(none), Coding::Identity, "{none}");
        }
        assert_eq!(Coding::accepted(&HeaderMap::new()), Coding::Identity);
    }

    #[test]
    fn what_is_packed_is_read_again_by_others() {
        let text = "Veedel ".repeat(1000).into_bytes();
        for coding in PREFERRED {
            let (packed, used) = coding.encode(text.clone());
            assert_eq!(used, coding);
            assert!(packed.len() < text.len() / 10);
            let mut read = vec![];
            match coding {
                Coding::Gzip => flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut read).unwrap(),
                Coding::Brotli => {
                    brotli::Decompressor::new(&packed[..], 4096).read_to_end(&mut read).unwrap()
                }
                _ => zstd::Decoder::new(&packed[..]).unwrap().read_to_end(&mut read).unwrap(),
            };
            assert_eq!(read, text);
            assert_eq!(coding.encode(b"short".to_vec()), (b"short".to_vec(), Coding::Identity));
        }
    }
}
