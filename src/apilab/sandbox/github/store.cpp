#include "apilab/sandbox/github/store.hpp"

#include <algorithm>
#include <cctype>
#include <tuple>
#include <utility>

#include "apilab/sandbox/github/bodies.hpp"

namespace apilab::sandbox::github {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

std::string key(std::string_view owner, std::string_view name) {
    return lower(owner) + "/" + lower(name);
}

Repository make_repository(const RepositoryFacts& facts) {
    Repository out{.id = number_of("repository", facts.name), .facts = facts};
    for (std::size_t i = facts.releases.size(); i-- > 0;) {
        out.tags.push_back(i);
        if (facts.releases[i].released) {
            out.releases.push_back(i);
        }
    }
    return out;
}

Advisory make_advisory(const AdvisoryFacts& facts) {
    return {.ghsa_id = facts.id,
            .cve_id = facts.cve,
            .severity = facts.severity.empty() ? "unknown" : facts.severity,
            .published = facts.published,
            .updated = facts.modified,
            .withdrawn = !facts.withdrawn.empty(),
            .affected = facts.affected,
            .text = advisory_text(facts)};
}

const Repository* at(const std::vector<Repository>& all,
                     const std::map<std::string, std::size_t, std::less<>>& index,
                     const std::string& name) {
    const auto found = index.find(name);
    return found == index.end() ? nullptr : &all[found->second];
}

}  // namespace

Store::Store(const Facts& facts) {
    for (const auto& repository : facts.repositories) {
        by_name_[lower(repository.name)] = repositories_.size();
        by_id_[number_of("repository", repository.name)] = repositories_.size();
        repositories_.push_back(make_repository(repository));
    }
    for (const auto& [former, present] : facts.renamed) {
        if (const auto found = by_name_.find(lower(present)); found != by_name_.end()) {
            by_former_name_[lower(former)] = found->second;
        }
    }
    for (const auto& advisory : facts.advisories) {
        if (advisory.in_github) {
            advisories_.push_back(make_advisory(advisory));
        }
    }
    std::ranges::sort(advisories_, [](const Advisory& a, const Advisory& b) {
        return std::tie(b.published, b.ghsa_id) < std::tie(a.published, a.ghsa_id);
    });
}

const Repository* Store::find(std::string_view owner, std::string_view name) const {
    return at(repositories_, by_name_, key(owner, name));
}

const Repository* Store::find(std::int64_t id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &repositories_[found->second];
}

const Repository* Store::renamed(std::string_view owner, std::string_view name) const {
    return at(repositories_, by_former_name_, key(owner, name));
}

const Advisory* Store::advisory(std::string_view ghsa_id) const {
    const auto found = std::ranges::find(advisories_, ghsa_id, &Advisory::ghsa_id);
    return found == advisories_.end() ? nullptr : &*found;
}

}  // namespace apilab::sandbox::github
