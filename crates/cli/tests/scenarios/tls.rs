//! https as sites have it: an authority of their own, a self-signed certificate, a wrong one, the wrong scheme.

use std::path::PathBuf;

use testkit::registry::{Authority, Identity, Registry, RegistryKind, RegistryOptions, Validity};
use testkit::{Kairship, Output, Running, TestEnv, peer_or_skip};

use crate::site::{PATH, environment, kairship, sync_to};

/// A registry that shows this certificate, `ferry`, and a package.
struct Site {
    env: TestEnv,
    registry: Registry,
    package: Kairship,
    path: PathBuf,
}

impl Site {
    fn new(kind: RegistryKind, identity: Identity) -> Option<Self> {
        let registry = RegistryOptions::new(kind).tls(identity).start_or_skip()?;
        let env = environment();
        let (package, path) = kairship(&env);
        Some(Self { env, registry, package, path })
    }

    /// `ferry sync` with the certificates `trusted` as `--ca-file`, and with more arguments.
    fn sync(&self, trusted: Option<&str>, more: &[&str]) -> Output {
        let mut arguments = more.to_vec();
        if let Some(pem) = trusted {
            self.env.write("ca.pem", pem);
            arguments.extend(["--ca-file", "ca.pem"]);
        }
        sync_to(&self.env, &self.registry.host(), &self.path, &arguments)
    }

    /// That the sync does not go on, says why in these words, and has written nothing.
    fn assert_refused(&self, trusted: Option<&str>, words: &[&str]) {
        let out = self.sync(trusted, &[]).exits_with(5);
        let host = self.registry.host();
        for word in ["E2011", host.as_str(), "--ca-file", "--insecure-registry"].iter().chain(words)
        {
            assert!(out.stderr().contains(word), "{word}: {out:?}");
        }
        assert_eq!(self.tags(), Vec::<String>::new());
    }

    fn assert_arrived(&self, out: Output) {
        let out = out.success();
        assert!(!out.stderr().contains("E2015"), "nothing goes without TLS: {out:?}");
        let mut wanted: Vec<String> = self
            .package
            .images()
            .iter()
            .map(|image| {
                let tag = image.reference.rsplit(':').next().expect("a tag");
                format!("{PATH}/{}:{tag}", image.short_name())
            })
            .collect();
        wanted.sort();
        assert_eq!(self.tags(), wanted);
    }

    /// The tags in the registry's storage.
    fn tags(&self) -> Vec<String> {
        let root = self.registry.storage().join("docker/registry/v2/repositories");
        let mut found = Vec::new();
        let mut pending = vec![root.clone()];
        while let Some(directory) = pending.pop() {
            for entry in std::fs::read_dir(&directory).into_iter().flatten().flatten() {
                let path = entry.path();
                if directory.ends_with("_manifests/tags") {
                    let repository = directory.strip_prefix(&root).unwrap().to_str().unwrap();
                    let repository = repository.strip_suffix("/_manifests/tags").unwrap();
                    found.push(format!("{repository}:{}", entry.file_name().to_str().unwrap()));
                } else if path.is_dir() {
                    pending.push(path);
                }
            }
        }
        found.sort();
        found
    }
}

#[test]
fn an_authority_given_by_file_is_trusted_and_an_unknown_one_is_named() {
    for kind in RegistryKind::ALL {
        let authority = Authority::new("release site CA");
        let identity = authority.issue(&["127.0.0.1"], Validity::Now);
        let Some(site) = Site::new(kind, identity) else { return };
        site.assert_refused(None, &["its issuer is not trusted here: CN=release site CA"]);
        let other = Authority::new("another CA");
        site.assert_refused(Some(other.pem()), &["CN=release site CA"]);
        let again = Authority::new("release site CA");
        site.assert_refused(Some(again.pem()), &["another key", "CN=release site CA"]);
        site.assert_arrived(site.sync(Some(authority.pem()), &[]));
    }
}

#[test]
fn a_certificate_for_another_host_or_another_time_is_named() {
    for kind in RegistryKind::ALL {
        let authority = Authority::new("site CA");
        let names = ["reg.example", "10.16.10.111"];
        let other = authority.issue(&names, Validity::Now);
        let Some(site) = Site::new(kind, other) else { return };
        let words = "it is made for reg.example, 10.16.10.111, not for 127.0.0.1";
        site.assert_refused(Some(authority.pem()), &[words]);
        let old = authority.issue(&["127.0.0.1"], Validity::Expired);
        let Some(site) = Site::new(kind, old) else { return };
        site.assert_refused(Some(authority.pem()), &["it expired at 2020-01-02T00:00:00Z"]);
    }
}

#[test]
fn a_registrys_own_self_signed_certificate_is_trusted_when_it_is_given() {
    for (kind, is_ca) in RegistryKind::ALL.into_iter().zip([false, true]) {
        let identity = Identity::self_signed(&["127.0.0.1", "localhost"], is_ca);
        let Some(site) = Site::new(kind, identity.clone()) else { return };
        site.assert_refused(None, &["it is self-signed and not trusted here: CN=registry"]);
        // The same names and the same words, made a second time.
        let again = Identity::self_signed(&["127.0.0.1", "localhost"], is_ca);
        site.assert_refused(Some(&again.certificate), &["it is self-signed"]);
        site.assert_arrived(site.sync(Some(&identity.certificate), &[]));
        // As one of the system's certificates, which `SSL_CERT_FILE` replaces.
        let system = site.env.work().join("ca.pem");
        site.env.write(&system, &identity.certificate);
        let env = environment().variable("SSL_CERT_FILE", system);
        let _ = sync_to(&env, &site.registry.host(), &site.path, &[]).success();

        let elsewhere = Identity::self_signed(&["reg.example"], is_ca);
        let Some(site) = Site::new(kind, elsewhere.clone()) else { return };
        let words = "it is made for reg.example, not for 127.0.0.1";
        site.assert_refused(Some(&elsewhere.certificate), &[words]);
    }
}

#[test]
fn a_host_can_be_named_whose_certificate_is_not_looked_at() {
    for kind in RegistryKind::ALL {
        let identity = Authority::new("site CA").issue(&["reg.example"], Validity::Expired);
        let Some(site) = Site::new(kind, identity) else { return };
        let elsewhere = site.sync(None, &["--insecure-registry", "127.0.0.1:1"]).exits_with(5);
        assert!(elsewhere.stderr().contains("E2011"), "{elsewhere:?}");
        site.assert_arrived(site.sync(None, &["--insecure-registry", &site.registry.host()]));
    }
}

#[test]
fn the_wrong_scheme_is_said() {
    let identity = Authority::new("site CA").issue(&["127.0.0.1"], Validity::Now);
    for kind in RegistryKind::ALL {
        let Some(site) = Site::new(kind, identity.clone()) else { return };
        let host = site.registry.host();
        let plain = [
            sync_to(&site.env, &format!("http://{host}"), &site.path, &[]),
            sync_to(&site.env, &host, &site.path, &["--plain-http", &host]),
        ];
        for out in plain {
            let out = out.exits_with(5);
            for word in ["E2016", "the port speaks https", &host] {
                assert!(out.stderr().contains(word), "{word}: {out:?}");
            }
        }
        let Some(open) = RegistryOptions::new(kind).start_or_skip() else { return };
        let secure = format!("https://{}", open.host());
        let out = sync_to(&site.env, &secure, &site.path, &[]).exits_with(5);
        for word in ["E2013", "the port speaks plain HTTP", "--plain-http", &open.host()] {
            assert!(out.stderr().contains(word), "{word}: {out:?}");
        }
        assert!(open.requests().iter().all(|request| request == "GET /v2/"), "of its start");
    }
}

#[test]
fn the_wrong_scheme_is_said_of_serve_too() {
    let env = environment();
    let (_, path) = kairship(&env);
    let (running, host) = serve(&env, &["secure"]);
    let out = sync_to(&env, &format!("http://{host}"), &path, &[]).exits_with(5);
    assert!(out.stderr().contains("E2016") && out.stderr().contains(&host), "{out:?}");
    running.terminate();
    let _ = running.wait().success();
    let mut running = env.start(["serve", "open", "--listen", "127.0.0.1:0"]);
    let line = running.wait_for("listening on http://");
    let host = line.rsplit("http://").next().unwrap().split_whitespace().next().unwrap();
    let out = sync_to(&env, &format!("https://{host}"), &path, &[]).exits_with(5);
    assert!(out.stderr().contains("E2013") && out.stderr().contains(host), "{out:?}");
    running.terminate();
    let _ = running.wait().success();
}

/// `ferry serve` with a certificate of the authority in `ca.pem`; its address.
fn serve(env: &TestEnv, arguments: &[&str]) -> (Running, String) {
    let authority = Authority::new("laptop CA");
    let identity = authority.issue(&["127.0.0.1"], Validity::Now);
    env.write("ca.pem", authority.pem());
    // skopeo takes a directory in which authorities end in `.crt`.
    env.write("certificates/ca.crt", authority.pem());
    env.write("cert.pem", identity.certificate);
    env.write("key.pem", identity.key);
    let tls = ["--tls-cert", "cert.pem", "--tls-key", "key.pem", "--listen", "127.0.0.1:0"];
    let mut running = env.start([&["serve"], arguments, &tls].concat());
    let line = running.wait_for("listening on https://");
    let host = line.rsplit("https://").next().unwrap().split_whitespace().next().unwrap();
    let host = host.to_owned();
    (running, host)
}

#[test]
fn others_pull_a_package_from_serve_over_https() {
    let env = environment();
    let (package, path) = kairship(&env);
    let (running, host) = serve(&env, &[path.to_str().unwrap()]);
    let trusting = env.work().join("ca.pem");
    for image in package.images() {
        let name = format!("{host}/{}", image.reference);
        if let Some(crane) = peer_or_skip("crane") {
            let mut command = env.command_of(&crane.path);
            command.env("SSL_CERT_FILE", &trusting).args(["validate", "--remote", &name]);
            let _ = env.run_command(command).success();
        }
        if let Some(skopeo) = peer_or_skip("skopeo") {
            let mut command = env.command_of(&skopeo.path);
            let target = format!("dir:{}", env.work().join(image.short_name()).display());
            command.args(["copy", "--insecure-policy", "--src-cert-dir", "certificates"]);
            command.args([&format!("docker://{name}"), &target]);
            let _ = env.run_command(command).success();
        }
    }
    if let Some(crane) = peer_or_skip("crane") {
        let mut command = env.command_of(&crane.path);
        command.args(["manifest", &format!("{host}/{}", package.images()[0].reference)]);
        let out = env.run_command(command).exits_with(1);
        assert!(out.stderr().contains("unknown authority"), "the certificate counts: {out:?}");
    }
    running.terminate();
    let _ = running.wait().success();
}

#[test]
fn ferry_pushes_to_serve_over_https_and_helm_pulls() {
    let env = environment();
    let (_, path) = kairship(&env);
    let (running, host) = serve(&env, &["registry"]);
    let repository = format!("https://{host}/chartrepo/release.daocloud.io");
    let oci = format!("oci://{host}/charts");
    let unknown = sync_to(&env, &host, &path, &["--to-repo", &repository]).exits_with(5);
    assert!(unknown.stderr().contains("CN=laptop CA"), "{unknown:?}");
    for target in [[&repository, "HARBOR"], [&oci, "OCI"]] {
        let [url, kind] = target;
        let more = ["--to-repo", url, "--to-repo-kind", kind, "--ca-file", "ca.pem"];
        let _ = sync_to(&env, &host, &path, &more).success();
    }
    for name in ["helm@4.3.1", "helm@3.17.3"] {
        let Some(helm) = peer_or_skip(name) else { return };
        let run = |arguments: &[&str]| {
            let mut command = env.command_of(&helm.path);
            command.args(arguments).args(["--ca-file", "ca.pem"]);
            env.run_command(command).success()
        };
        let _ = run(&["repo", "add", "kairship", &repository, "--force-update"]);
        let shown = run(&["show", "values", "kairship/kairship", "--version", "0.21.0"]);
        assert!(shown.stdout().contains(&host), "{shown:?}");
        let chart = format!("{oci}/kairship");
        // Helm 3 speaks plain http to every registry on loopback, whatever it is told.
        let chart = if name == "helm@4.3.1" { chart.as_str() } else { "kairship/kairship" };
        let _ = run(&["pull", chart, "--version", "0.21.0"]);
        let pulled = env.work().join("kairship-0.21.0.tgz");
        assert!(pulled.is_file(), "{name}");
        std::fs::remove_file(pulled).unwrap();
    }
    running.terminate();
    let _ = running.wait().success();
}
