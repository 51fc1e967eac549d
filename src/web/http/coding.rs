//! Content codings (RFC 9110, 8.4): which of them a client accepts, and the compression of answers
//! that are kept.

use std::io::Write;

use axum::http::{HeaderMap, HeaderValue, header};

/// The length in bytes from which compression pays: a shorter answer saves less than the header
/// costs.
const SHORTEST: usize = 200;
/// Compression levels for answers that are compressed once and sent often: close to the best size
/// that does not take many times as long.
const ZSTD_LEVEL: i32 = 6;
const BROTLI_LEVEL: u32 = 5;
const GZIP_LEVEL: u32 = 6;
const BROTLI_WINDOW: u32 = 22;

/// An extension of a response that is sent as it is: it was compressed before, or does not become
/// shorter.
#[derive(Clone, Copy, Debug)]
pub struct AsItIs;

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// No coding.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
    /// br (RFC 7932).
    Brotli,
    /// zstd (RFC 8878).
    Zstd,
}

/// The codings in order of preference, if a client weighs them equally: the quickest to make and
/// among the smallest first. Each is preferred to no coding.
const PREFERRED: [Coding; 3] = [Coding::Zstd, Coding::Brotli, Coding::Gzip];

/// The coding that a client accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Accepted {
    /// The coding with the greatest weight among those of this server.
    pub coding: Coding,
    /// Whether the client also accepts uncoded bytes, which are sent if they are shorter.
    pub or_plain: bool,
}

impl Accepted {
    /// Reads `Accept-Encoding` (RFC 9110, 12.5.3). All its fields form one list, `q=0` refuses a
    /// coding, and `*` means every coding that is not named, including identity. A client that
    /// names none of this server's codings, or refuses all of them, gets uncoded bytes: the
    /// standard allows to disregard the field if it cannot be met (12.4.1), and an error would not
    /// help the client.
    pub fn of(headers: &HeaderMap) -> Accepted {
        let weights = Weights::read(headers);
        let plain = weights.of(Coding::Identity);
        let mut best = (plain.unwrap_or(0.0), Coding::Identity);
        for coding in PREFERRED.into_iter().rev() {
            let quality = weights.of(coding).unwrap_or(0.0);
            if quality > 0.0 && quality >= best.0 {
                best = (quality, coding);
            }
        }
        Accepted { coding: best.1, or_plain: plain != Some(0.0) }
    }

    /// Encodes the bytes in the accepted coding, and returns the coding used. Bytes that would not
    /// become shorter stay uncoded, if the client accepts that.
    pub fn encode(self, bytes: Vec<u8>) -> (Vec<u8>, Coding) {
        let (coding, or_plain) = (self.coding, self.or_plain);
        if coding == Coding::Identity || bytes.is_empty() || (or_plain && bytes.len() < SHORTEST) {
            return (bytes, Coding::Identity);
        }
        match coding.compress(&bytes) {
            Some(packed) if !or_plain || packed.len() < bytes.len() => (packed, coding),
            _ => (bytes, Coding::Identity),
        }
    }
}

/// The weights that a client gives; None for a coding that it does not mention.
#[derive(Default)]
struct Weights {
    identity: Option<f32>,
    gzip: Option<f32>,
    brotli: Option<f32>,
    zstd: Option<f32>,
    any: Option<f32>,
}

impl Weights {
    fn read(headers: &HeaderMap) -> Weights {
        let mut weights = Weights::default();
        let fields = headers.get_all(header::ACCEPT_ENCODING).iter();
        for range in fields.filter_map(|field| field.to_str().ok()).flat_map(|field| field.split(',')) {
            let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
            if let Some(place) = weights.place(name.trim()) {
                place.get_or_insert(weight(parameters));
            }
        }
        weights
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<f32>> {
        let is = |token: &str| name.eq_ignore_ascii_case(token);
        match name {
            "*" => Some(&mut self.any),
            _ if is("gzip") || is("x-gzip") => Some(&mut self.gzip),
            _ if is("br") => Some(&mut self.brotli),
            _ if is("zstd") => Some(&mut self.zstd),
            _ if is("identity") => Some(&mut self.identity),
            _ => None,
        }
    }

    /// Returns the weight of a coding. `*` applies to identity only if it refuses: no client writes
    /// `*` to be sent more bytes.
    fn of(&self, coding: Coding) -> Option<f32> {
        match coding {
            Coding::Identity => self.identity.or(self.any.filter(|weight| *weight == 0.0)),
            Coding::Gzip => self.gzip.or(self.any),
            Coding::Brotli => self.brotli.or(self.any),
            Coding::Zstd => self.zstd.or(self.any),
        }
    }
}

/// Reads the weight after a coding's name; 1 without one. A weight that is no number from 0 to 1
/// counts as a refusal, because every client can read uncoded bytes.
fn weight(parameters: &str) -> f32 {
    let parameters = parameters.trim();
    if parameters.is_empty() {
        return 1.0;
    }
    let (name, value) = parameters.split_once('=').unwrap_or((parameters, ""));
    let weight = value.trim().parse().ok().filter(|weight| (0.0..=1.0).contains(weight));
    weight.filter(|_| name.trim().eq_ignore_ascii_case("q")).unwrap_or(0.0)
}

impl Coding {
    /// The token in `Content-Encoding`; None for identity.
    pub fn token(self) -> Option<&'static str> {
        match self {
            Coding::Identity => None,
            Coding::Gzip => Some("gzip"),
            Coding::Brotli => Some("br"),
            Coding::Zstd => Some("zstd"),
        }
    }

    /// The value of the header `Content-Encoding`; None for identity.
    pub fn header(self) -> Option<HeaderValue> {
        self.token().map(HeaderValue::from_static)
    }

    /// Compresses bytes. Returns None for identity, and on an error, which writing to memory does
    /// not cause; the bytes are then sent uncompressed.
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

    fn accepted(fields: &[&'static str]) -> Accepted {
        let fields = fields.iter().map(|field| (header::ACCEPT_ENCODING, HeaderValue::from_static(field)));
        Accepted::of(&HeaderMap::from_iter(fields))
    }

    #[test]
    fn the_client_chooses_and_we_choose_between_equals() {
        for (field, coding, or_plain) in [
            ("gzip, deflate, br, zstd", Coding::Zstd, true),
            ("gzip, deflate, br", Coding::Brotli, true),
            ("gzip", Coding::Gzip, true),
            ("GZIP;q=0.5, zstd;q=0.1", Coding::Gzip, true),
            ("gzip ; Q=0.5 , br;q=0.4", Coding::Gzip, true),
            ("zstd;q=0, *", Coding::Brotli, true),
            ("identity;q=0.5, gzip;q=0.5", Coding::Gzip, true),
            ("identity, gzip;q=0.5", Coding::Identity, true),
            ("gzip, identity;q=0", Coding::Gzip, false),
            ("gzip, *;q=0", Coding::Gzip, false),
            ("identity;q=0, *", Coding::Zstd, false),
            ("identity;q=0.1, gzip, *;q=0", Coding::Gzip, true),
        ] {
            assert_eq!(accepted(&[field]), Accepted { coding, or_plain }, "{field}");
        }
        for none in [
            "identity",
            "deflate",
            "",
            "gzip;q=0",
            "*;q=0",
            "identity;q=0",
            ";;,,q=",
            "gzip;q=nan",
            "gzip;q=2",
        ] {
            assert_eq!(accepted(&[none]).coding, Coding::Identity, "{none}");
        }
        assert_eq!(accepted(&[]), Accepted { coding: Coding::Identity, or_plain: true });
    }

    #[test]
    fn several_fields_are_one_list() {
        assert_eq!(accepted(&["deflate", "gzip"]).coding, Coding::Gzip);
        assert_eq!(accepted(&["gzip;q=0.5", "br;q=0.7"]).coding, Coding::Brotli);
        assert_eq!(accepted(&["gzip", "identity;q=0"]), Accepted { coding: Coding::Gzip, or_plain: false });
        assert_eq!(accepted(&["zstd;q=0", "*"]).coding, Coding::Brotli);
    }

    #[test]
    fn what_is_packed_is_read_again_by_others() {
        let text = "Veedel ".repeat(1000).into_bytes();
        for coding in PREFERRED {
            let wish = Accepted { coding, or_plain: true };
            let (packed, used) = wish.encode(text.clone());
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
            assert_eq!(wish.encode(b"short".to_vec()), (b"short".to_vec(), Coding::Identity));
            let strict = Accepted { coding, or_plain: false };
            assert_eq!(strict.encode(b"short".to_vec()).1, coding, "who refuses plain bytes gets none");
            assert_eq!(strict.encode(vec![]), (vec![], Coding::Identity));
        }
    }
}
