#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/facts.hpp"

namespace apilab::sandbox::github {

/// Stands in the texts below where the API's own URL belongs.
inline constexpr std::string_view base_mark = "\xf4\x8f\xbf\xbf";

/// A repository as it is at first. Everything below it is made when it is wanted (internal/state):
/// a world may have thousands of repositories, and most are never asked.
struct Repository {
    std::int64_t id = 0;
    RepositoryFacts facts;
    /// Positions in `facts.releases`, newest first: all tags, and those that are releases.
    std::vector<std::size_t> tags;
    std::vector<std::size_t> releases;
};

/// A reviewed advisory of the global database.
struct Advisory {
    std::string ghsa_id;
    std::string cve_id;
    std::string severity;
    std::string published;
    std::string updated;
    bool withdrawn = false;
    std::vector<Affected> affected;
    std::string text;
};

/// What the emulated GitHub holds at first. Never changes once made. Names compare without case.
class Store {
public:
    explicit Store(const Facts& facts);

    [[nodiscard]] const Repository* find(std::string_view owner, std::string_view name) const;
    [[nodiscard]] const Repository* find(std::int64_t id) const;
    /// The repository that has this former name, or null.
    [[nodiscard]] const Repository* renamed(std::string_view owner, std::string_view name) const;
    [[nodiscard]] const std::vector<Repository>& repositories() const { return repositories_; }
    [[nodiscard]] const Advisory* advisory(std::string_view ghsa_id) const;
    /// Newest first.
    [[nodiscard]] const std::vector<Advisory>& advisories() const { return advisories_; }

private:
    std::vector<Repository> repositories_;
    std::map<std::string, std::size_t, std::less<>> by_name_;
    std::map<std::string, std::size_t, std::less<>> by_former_name_;
    std::map<std::int64_t, std::size_t> by_id_;
    std::vector<Advisory> advisories_;
};

}  // namespace apilab::sandbox::github
