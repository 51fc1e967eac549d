//! Opens the sockets to a server, with their time limits and their encryption.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::either::Either;

use super::framing::{Below, Framed};
use crate::error::{Error, Result};

/// A socket of either kind.
pub type Socket = Either<TcpStream, UnixStream>;
/// The layer that encrypts a socket.
pub type Encryption = Below<<MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect>;

/// One address of a server.
#[derive(Clone, Debug)]
pub enum Way {
    /// A network address, and the host's name, which the server's certificate must contain.
    Network(SocketAddr, String),
    /// A Unix socket on this machine.
    Local(PathBuf),
}

impl Way {
    /// Returns all addresses of a host.
    ///
    /// # Errors
    ///
    /// Fails if the name cannot be resolved.
    pub async fn all(host: &Host, port: u16) -> io::Result<Vec<Way>> {
        match host {
            Host::Unix(folder) => Ok(vec![Way::Local(folder.join(format!(".s.PGSQL.{port}")))]),
            Host::Tcp(name) => {
                let addresses = lookup_host((name.as_str(), port)).await?;
                Ok(addresses.map(|address| Way::Network(address, name.clone())).collect())
            }
        }
    }

    /// Connects to the address and returns a stream with checked frames, which is not encrypted
    /// yet.
    ///
    /// # Errors
    ///
    /// Fails if the server does not accept the connection.
    pub async fn stream(&self, config: &Config) -> io::Result<Framed<Socket>> {
        let opening = async {
            match self {
                Way::Local(path) => UnixStream::connect(path).await.map(Either::Right),
                Way::Network(address, _) => TcpStream::connect(address).await.map(Either::Left),
            }
        };
        let socket = match config.get_connect_timeout() {
            None => opening.await?,
            Some(time) => match tokio::time::timeout(*time, opening).await {
                Ok(opened) => opened?,
                Err(_) => return Err(io::ErrorKind::TimedOut.into()),
            },
        };
        if let Either::Left(stream) = &socket {
            stream.set_nodelay(true)?;
            let socket = SockRef::from(stream);
            #[cfg(target_os = "linux")]
            socket.set_tcp_user_timeout(config.get_tcp_user_timeout().copied())?;
            if config.get_keepalives() {
                let keepalive = TcpKeepalive::new().with_time(config.get_keepalives_idle());
                socket.set_tcp_keepalive(&keepalive)?;
            }
        }
        Ok(Framed::new(socket, config.get_ssl_mode() != SslMode::Disable))
    }

    /// Returns the layer that encrypts the stream if encryption is wanted.
    pub fn tls(&self, connector: &MakeRustlsConnect) -> Result<Encryption> {
        let name = match self {
            Way::Network(_, name) => name,
            Way::Local(_) => "",
        };
        let made = MakeTlsConnect::<Socket>::make_tls_connect(&mut connector.clone(), name);
        made.map(Below).map_err(|_| Error::internal("TLS could not be set up"))
    }
}
