//! Encryption of connections to the database, where `sslmode` has the meaning that it has in libpq
//! (PostgreSQL's manual, SSL Support).
//!
//! | sslmode | encrypted | certificate checked |
//! | --- | --- | --- |
//! | `disable` | no | |
//! | `allow`, `prefer` (default) | if the server can | no |
//! | `require` | yes | no; its chain where `sslrootcert` is given, as libpq does |
//! | `verify-ca` | yes | its chain (and dates), not the name in it |
//! | `verify-full` | yes | chain, dates and name |
//!
//! The chain must end in a certificate of `sslrootcert` (PEM), or else in one of the operating
//! system's store. If nothing is checked, an attacker on the network can read and change
//! everything. Use `verify-full` over a network.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{Error, Result};

/// Where the trusted root certificates are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// In the operating system's store.
    Native,
    /// In a PEM file.
    File(PathBuf),
}

/// Which database servers are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// All servers, without encryption.
    Plain,
    /// All servers, with encryption if the server supports it.
    AnyoneOrPlain,
    /// All servers, with encryption.
    Anyone,
    /// Servers with a certificate that is signed by these roots, for any name.
    Chain(Roots),
    /// Servers with a certificate that is signed by these roots, for the name of the host.
    ChainAndName(Roots),
}

/// Returns the connector for `trust`. It reads the root certificates, which may block for a moment.
///
/// # Errors
///
/// Fails if the root certificates cannot be read.
pub fn connector(trust: &Trust) -> Result<MakeRustlsConnect> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Trust::Plain | Trust::AnyoneOrPlain | Trust::Anyone => {
            Arc::new(Lenient { provider: provider.clone(), chain: None })
        }
        Trust::Chain(roots) => Arc::new(Lenient { provider: provider.clone(), chain: Some(store(roots)?) }),
        Trust::ChainAndName(roots) => {
            WebPkiServerVerifier::builder_with_provider(Arc::new(store(roots)?), provider.clone())
                .build()
                .map_err(|_| no_roots("holds no usable certificate"))?
        }
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::internal("TLS could not be set up"))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn store(roots: &Roots) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    match store.add_parsable_certificates(certificates(roots)?) {
        (0, _) => Err(no_roots("holds no certificate")),
        _ => Ok(store),
    }
}

fn certificates(roots: &Roots) -> Result<Vec<CertificateDer<'static>>> {
    match roots {
        Roots::Native => Ok(rustls_native_certs::load_native_certs().certs),
        Roots::File(path) => CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .map_err(|_| no_roots("cannot be read as PEM")),
    }
}

fn no_roots(why: &str) -> Error {
    Error::invalid("sslrootcert", format!("the store of trusted certificates {why}"))
        .hint("give a PEM file by sslrootcert=…, or install ca-certificates")
}

/// Checks that the server owns the key of its certificate. The certificate itself is checked only
/// by `chain`, and its name is not.
#[derive(Debug)]
struct Lenient {
    provider: Arc<CryptoProvider>,
    chain: Option<RootCertStore>,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        if let Some(roots) = &self.chain {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, now, algorithms)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_root_file_that_is_none_is_said_so() {
        for path in ["/nowhere/ca.pem", "/dev/null"] {
            let trust = Trust::ChainAndName(Roots::File(path.into()));
            assert_eq!(connector(&trust).err().unwrap().parameter.as_deref(), Some("sslrootcert"), "{path}");
        }
    }

    #[test]
    fn without_checking_no_roots_are_needed() {
        assert!(connector(&Trust::Anyone).is_ok());
    }
}
