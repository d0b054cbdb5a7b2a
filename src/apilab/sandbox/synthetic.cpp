#include "apilab/sandbox/synthetic.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <utility>

#include "apilab/base/rng.hpp"
#include "apilab/http/date.hpp"

namespace apilab::sandbox {
namespace {

namespace json = boost::json;

constexpr std::size_t direct_every = 10;

std::string package_name(std::size_t index) {
    auto digits = std::to_string(index + 1);
    return "synthetic-" + std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0') + digits;
}

/// The letters of a real id, and a first group that no real one is likely to have.
std::string advisory_id(std::size_t index) {
    constexpr std::string_view letters = "23456789cfghjmpqrvwx";
    std::string tail(8, '2');
    for (std::size_t i = tail.size(); i-- > 0; index /= letters.size()) {
        tail[i] = letters[index % letters.size()];
    }
    return "GHSA-9999-" + tail.substr(0, 4) + "-" + tail.substr(4);
}

/// Every package has chance of its own, so that the first ones do not depend on how many follow.
SeededRng rng_for(std::size_t index, std::uint64_t seed) {
    return SeededRng((seed * 0x9e3779b97f4a7c15ULL) ^ (index * 0xbf58476d1ce4e5b9ULL));
}

std::vector<VersionFacts> versions(Rng& rng) {
    constexpr std::int64_t day = 86'400;
    auto at = SystemTime(std::chrono::seconds(1'500'000'000 + rng.between(0, 1000) * day));
    std::vector<VersionFacts> out;
    const auto count = rng.between(3, 12);
    // Where the second major line begins: the first one has at least two versions.
    const auto turn = rng.between(2, count - 1);
    for (std::int64_t i = 0; i < count; ++i) {
        auto time = http::format_iso_time(at);
        time.insert(time.size() - 1, ".000");
        const bool second = i >= turn;
        out.push_back(
            {.version = (second ? "2." : "1.") + std::to_string(second ? i - turn : i) + ".0",
             .time = std::move(time)});
        at += std::chrono::seconds(rng.between(5, 120) * day);
    }
    return out;
}

/// The last version of the first major line, and the first of the second.
std::pair<const VersionFacts*, const VersionFacts*> turning_point(const PackageFacts& package) {
    const auto second = std::ranges::find(package.versions, "2.0.0", &VersionFacts::version);
    return {&*(second - 1), &*second};
}

AdvisoryFacts advisory(std::size_t index, const PackageFacts& package, Rng& rng) {
    struct Rating {
        std::string_view severity, vector;
        double score;
    };
    constexpr std::array<Rating, 4> ratings{
        {{"low", "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L", 3.7},
         {"medium", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L", 5.3},
         {"high", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", 7.5},
         {"critical", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8}}};
    const auto& rating = ratings[static_cast<std::size_t>(rng.between(0, 3))];
    VersionRange range;
    const auto kind = rng.between(0, 9);
    const auto [last_of_first, first_of_second] = turning_point(package);
    if (kind == 0) {
        range.last_affected = package.latest;
    } else {
        range.fixed = kind <= 2 ? first_of_second->version : last_of_first->version;
    }
    return {.id = advisory_id(index),
            .summary = "An invented fault of " + package.name,
            .severity = std::string(rating.severity),
            .cvss = std::string(rating.vector),
            .score = rating.score,
            .cwes = {"CWE-400"},
            .published = "2026-06-01T00:00:00Z",
            .modified = "2026-06-01T00:00:00Z",
            .affected = {{.package = package.name, .ranges = {std::move(range)}}}};
}

RepositoryFacts repository(const PackageFacts& package) {
    RepositoryFacts out{.name = package.repository, .description = package.description};
    for (const auto& version : package.versions) {
        out.releases.push_back(
            {.tag = "v" + version.version, .at = version.time.substr(0, 19) + "Z"});
    }
    return out;
}

}  // namespace

Facts synthetic_facts(std::size_t count, std::uint64_t seed) {
    Facts facts;
    for (std::size_t i = 0; i < count; ++i) {
        auto rng = rng_for(i, seed);
        PackageFacts package{.name = package_name(i),
                             .description = "An invented package for load tests",
                             .license = "MIT",
                             .repository = "synthetic/" + package_name(i),
                             .versions = versions(rng)};
        package.latest = package.versions.back().version;
        if (rng.between(0, 49) == 0) {
            for (auto& version : package.versions) {
                version.deprecated = "invented: no longer maintained";
            }
        }
        if (rng.between(0, 4) == 0) {
            facts.advisories.push_back(advisory(i, package, rng));
        }
        facts.repositories.push_back(repository(package));
        facts.packages.push_back(std::move(package));
    }
    return facts;
}

std::string synthetic_lockfile(std::size_t count, std::uint64_t seed) {
    const auto facts = synthetic_facts(count, seed);
    json::object direct;
    json::object packages{{"", nullptr}};
    for (std::size_t i = 0; i < count; ++i) {
        const auto& package = facts.packages[i];
        json::object entry{{"version", package.versions.front().version}};
        const bool is_direct = i % direct_every == 0;
        if (is_direct) {
            direct[package.name] = "^" + package.versions.front().version;
            // What follows, up to the next direct one, is there because of this one.
            json::object dependencies;
            for (std::size_t j = i + 1; j < std::min(i + direct_every, count); ++j) {
                dependencies[facts.packages[j].name] =
                    "^" + facts.packages[j].versions.front().version;
            }
            if (!dependencies.empty()) {
                entry["dependencies"] = std::move(dependencies);
            }
        }
        packages["node_modules/" + package.name] = std::move(entry);
    }
    packages[""] = json::object{
        {"name", "synthetic"}, {"version", "1.0.0"}, {"dependencies", std::move(direct)}};
    return json::serialize(json::object{{"name", "synthetic"},
                                        {"version", "1.0.0"},
                                        {"lockfileVersion", 3},
                                        {"requires", true},
                                        {"packages", std::move(packages)}});
}

}  // namespace apilab::sandbox
