//! Names to addresses, never through the C library: in a static glibc binary `getaddrinfo` loads the host's NSS
//! modules (rust-lang/rust #100711).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::system_conf::read_system_conf;
use tokio::sync::OnceCell;

use crate::connector::ConnectError;
use crate::host::normal_host;

/// How long one name server is given, and how often it is asked.
const SERVER_TIMEOUT: Duration = Duration::from_secs(3);
const SERVER_ATTEMPTS: usize = 2;

/// Resolves names with `/etc/hosts` and `/etc/resolv.conf`. The files are read when the first name is asked for; an
/// address needs neither. Without a usable `resolv.conf` only `/etc/hosts` and `localhost` are known.
#[derive(Clone, Default)]
pub(crate) struct Resolver(Arc<OnceCell<Names>>);

struct Names {
    resolver: TokioResolver,
    has_servers: bool,
}

impl Resolver {
    pub(crate) async fn resolve(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, ConnectError> {
        let host = normal_host(host);
        if let Ok(ip) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        // RFC 6761 §6.3: these names never leave the machine.
        if host == "localhost" || host.ends_with(".localhost") {
            let both = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            return Ok(both.map(|ip| SocketAddr::new(ip, port)).to_vec());
        }
        let names = self.0.get_or_try_init(|| async { Names::from_system() }).await?;
        match names.resolver.lookup_ip(host.as_str()).await {
            Ok(found) => Ok(found.iter().map(|ip| SocketAddr::new(ip, port)).collect()),
            Err(error) => {
                let is_final =
                    !names.has_servers || error.is_nx_domain() || error.is_no_records_found();
                Err(ConnectError::Resolve { host, is_final, source: error.into() })
            }
        }
    }
}

impl Names {
    fn from_system() -> Result<Self, ConnectError> {
        let (config, mut options) = read_system_conf().unwrap_or_else(|error| {
            tracing::debug!(%error, "no usable resolv.conf, only the hosts file is used");
            (ResolverConfig::from_parts(None, Vec::new(), Vec::new()), ResolverOpts::default())
        });
        let has_servers = !config.name_servers().is_empty();
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.timeout = options.timeout.min(SERVER_TIMEOUT);
        options.attempts = options.attempts.min(SERVER_ATTEMPTS);
        let resolver = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            .with_options(options)
            .build()
            .map_err(|error| ConnectError::Resolve {
                host: String::new(),
                is_final: true,
                source: error.into(),
            })?;
        Ok(Self { resolver, has_servers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_and_localhost_need_no_files() {
        let resolver = Resolver::default();
        for (host, first) in [
            ("10.1.2.3", "10.1.2.3:80"),
            ("[::1]", "[::1]:80"),
            ("localhost", "127.0.0.1:80"),
            ("reg.localhost.", "127.0.0.1:80"),
        ] {
            assert_eq!(resolver.resolve(host, 80).await.unwrap()[0].to_string(), first);
        }
        assert!(!resolver.0.initialized());
    }
}
