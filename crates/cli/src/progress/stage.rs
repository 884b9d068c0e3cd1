//! Where an operation is, for those who stop it.

use ops::Phase;

use super::tally::Tally;
use crate::language::{Language, Sentence};
use crate::say;

/// Where an operation is, and what it leaves when it ends there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    pub(crate) phase: Phase,
    /// What was going on and what is safe, in words.
    pub(crate) left: String,
}

impl Stage {
    /// Of an operation that only reads.
    pub(crate) fn reading(language: Language) -> Self {
        Self::of(&Tally::default(), language)
    }

    pub(super) fn of(tally: &Tally, language: Language) -> Self {
        let phase = tally.phase.unwrap_or(Phase::Read);
        Self { phase, left: left(phase, tally).get(language).to_owned() }
    }
}

fn left(phase: Phase, tally: &Tally) -> Sentence {
    let Tally { blobs, blobs_done, images_done, charts_done, .. } = tally;
    match phase {
        Phase::Plan => say!(
            "while the plan was made; no image and no chart was written",
            "正在制定计划；没有写入任何镜像或 chart"
        ),
        // The first tag is set when the last blob is there.
        Phase::Push if blobs_done < blobs => say!(
            "while images were pushed, {blobs_done} of {blobs} blobs done; nothing refers to what was sent; run the same command again to continue",
            "正在推送镜像，已完成 {blobs_done}/{blobs} 个数据层；已发送的内容没有被引用；重新执行同一命令即可继续"
        ),
        Phase::Push => say!(
            "while tags were set, {images_done} done; an image that has its tag is complete; run the same command again to continue",
            "正在设置标签，已完成 {images_done} 个；已有标签的镜像都是完整的；重新执行同一命令即可继续"
        ),
        Phase::Publish | Phase::Check => say!(
            "while charts were published, {charts_done} done; the images are complete; run the same command again to continue",
            "正在发布 chart，已完成 {charts_done} 个；镜像都是完整的；重新执行同一命令即可继续"
        ),
        _ => say!(
            "while the package was read; nothing was written",
            "正在读取离线包；没有写入任何内容"
        ),
    }
}

#[cfg(test)]
mod tests {
    use ops::{BlobOutcome, Digest, Event};

    use super::*;

    #[test]
    fn what_is_safe_depends_on_how_far_it_is() {
        let digest: Digest = format!("sha256:{}", "0".repeat(64)).parse().unwrap();
        let mut tally = Tally::default();
        let mut after = |event: Event| {
            tally.count(&event);
            Stage::of(&tally, Language::En)
        };
        assert_eq!(after(Event::Phase(Phase::Plan)).phase, Phase::Plan);
        after(Event::Phase(Phase::Push));
        let stage = after(Event::Planned { images: 2, blobs: 1, bytes: 9 });
        assert_eq!(stage.phase, Phase::Push);
        assert!(stage.left.contains("0 of 1 blobs done; nothing refers to what was sent"));
        let stage = after(Event::BlobDone { digest, outcome: BlobOutcome::Sent });
        assert!(!stage.left.contains("nothing refers"), "{stage:?}");
        let stage = after(Event::ImageDone { target: "a:1".into() });
        assert!(stage.left.starts_with("while tags were set, 1 done"), "{stage:?}");
        after(Event::Phase(Phase::Publish));
        let stage = after(Event::ChartDone { url: "x".into() });
        assert!(stage.left.starts_with("while charts were published, 1 done"), "{stage:?}");
        assert_eq!(Stage::reading(Language::Zh).phase, Phase::Read);
    }
}
