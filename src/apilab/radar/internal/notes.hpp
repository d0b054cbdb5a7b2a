#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/radar/internal/candidate.hpp"
#include "apilab/radar/internal/exposure.hpp"

// What is worth saying beside the numbers; each function adds sentences to `notes`.
namespace apilab::radar::internal {

/// A package under judgement.
struct Subject {
    const Dependency& dependency;
    const PackageFacts& facts;
    const DecideOptions& options;

    [[nodiscard]] const Packument* packument() const {
        return facts.packument ? &*facts.packument : nullptr;
    }
};

/// Aliases, bundled copies, versions that the registry does not have, unanswered questions.
void note_installed(const Subject& subject, std::vector<std::string>& notes);
/// Release age, engines, roll-back, release notes.
void note_candidate(const Subject& subject, const std::vector<const InstalledVersion*>& replaced,
                    const Candidate& candidate, std::vector<std::string>& notes);
/// Who keeps a fix out of range.
void note_constraints(const std::vector<const InstalledVersion*>& replaced,
                      const Candidate& candidate, const Packument* packument,
                      std::vector<std::string>& notes);
/// Which sources know each advisory, where not all do; what malware needs besides.
void note_advisories(const Subject& subject, const Exposure& exposure,
                     std::vector<std::string>& notes);

/// What only the join of npm and GitHub shows, about the installed versions: `latest` that GitHub
/// calls a pre-release, a version published without a tag. With a candidate also about it, and an
/// install script that it brings along.
[[nodiscard]] std::vector<std::string> join_findings(
    const Subject& subject, const std::vector<const InstalledVersion*>& copies,
    const Candidate* candidate);

/// `2 days`, `5 months`, `3 years`.
[[nodiscard]] std::string age_in_words(Duration age);

}  // namespace apilab::radar::internal
