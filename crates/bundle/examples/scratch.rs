fn main() {
    let package = bundle::open(std::env::args().nth(1).unwrap().as_ref()).unwrap();
    for b in package.bundles() {
        println!("{} {:?} chart={} hints={} images_member={}", b.origin, b.layout, b.chart.is_some(), b.hints.is_some(), b.has_images_member);
        for i in &b.images { println!("  {:?} {:#?}", i.names, i.manifests.iter().map(|m| (m.platform.as_ref().map(|p| p.to_string()), &m.config.digest, m.layers.iter().map(|l| (l.digest.short().to_owned(), l.size, l.media_type.clone())).collect::<Vec<_>>())).collect::<Vec<_>>()); }
    }
    for f in package.findings() { println!("{:?} {f}", f.severity); }
    for b in package.blobs() { println!("{} {}", b.descriptor.size, b.member); }
    println!("{:?} files {}", package.access(), package.files().len());
}
