#include "apilab/sandbox/github/internal/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <tuple>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/http/date.hpp"
#include "apilab/sandbox/github/bodies.hpp"
#include "apilab/sandbox/internal/digest.hpp"

namespace apilab::sandbox::github {
namespace {

constexpr std::array<std::string_view, 3> people{"octo", "mona", "hubot"};
constexpr std::array<std::string_view, 8> topics{
    "greets twice",        "forgets the name",  "waits without end", "prints no newline",
    "speaks one language", "is slow when cold", "lacks an example",  "answers out of order"};

struct BuiltIn {
    std::string_view name;
    std::string_view color;
    std::string_view description;
};
// What every new repository has.
constexpr std::array<BuiltIn, 9> built_in{{
    {"bug", "d73a4a", "Something isn't working"},
    {"documentation", "0075ca", "Improvements or additions to documentation"},
    {"duplicate", "cfd3d7", "This issue or pull request already exists"},
    {"enhancement", "a2eeef", "New feature or request"},
    {"good first issue", "7057ff", "Good for newcomers"},
    {"help wanted", "008672", "Extra attention is needed"},
    {"invalid", "e4e669", "This doesn't seem right"},
    {"question", "d876e3", "Further information is requested"},
    {"wontfix", "ffffff", "This will not be worked on"},
}};

std::string time_of(std::int64_t hours) {
    constexpr auto first = SystemTime(std::chrono::seconds(1'705'305'600));  // 2024-01-15 08:00
    return http::format_iso_time(first + std::chrono::hours(hours));
}

std::vector<std::string> labels_of(std::int64_t number) {
    std::vector<std::string> out;
    const auto every = [&](std::int64_t n, std::string_view label) {
        if (number % n == 0) {
            out.emplace_back(label);
        }
    };
    every(4, "bug");
    every(5, "enhancement");
    every(7, "good first issue");
    every(11, "question");
    return out;
}

Issue seed_issue(std::int64_t number) {
    const auto hours = number * 37;
    Issue issue{
        .number = number,
        .title = fmt::format("Hello {} ({})", topics[std::size_t(number) % topics.size()], number),
        .user = std::string(people[std::size_t(number) % people.size()]),
        .labels = labels_of(number),
        .open = number % 3 != 0,
        .pull = number % 8 == 5,
        .draft = number % 40 == 13,
        .created = time_of(hours),
        .updated = time_of(hours + number * 7 % 23)};
    if (number % 10 != 0) {
        issue.body = fmt::format("Number {} of the seed world; a text of the sandbox.", number);
    }
    if (number % 6 == 0) {
        issue.assignees.emplace_back("octo");
    }
    if (!issue.open) {
        issue.closed = issue.updated = time_of(hours + 24 * (number % 17 + 1));
        issue.closed_by = "octo";
        if (issue.pull) {
            issue.merged = number % 2 == 0 ? "" : issue.closed;
        } else {
            issue.reason = number % 12 == 0 ? "not_planned" : "completed";
        }
    }
    return issue;
}

void add_issues(RepositoryState& state) {
    const auto count = static_cast<std::int64_t>(state.repository->facts.issues);
    for (std::int64_t number = 1; number <= count; ++number) {
        auto issue = seed_issue(number);
        // The first one is long enough to be cut into pages.
        const std::int64_t comments = number == 1 && count > 100 ? 35 : number % 5 == 0 ? 2 : 0;
        for (std::int64_t i = 1; i <= comments; ++i) {
            const auto at = time_of(number * 37 + i);
            state.comments.push_back(
                {.id = number_of("comment", fmt::format("{}#{}-{}", state.name(), number, i)),
                 .issue = number,
                 .user = std::string(people[std::size_t(i) % people.size()]),
                 .body = fmt::format("Comment {} on number {}.", i, number),
                 .created = at,
                 .updated = at});
        }
        issue.comments = comments;
        if (comments > 0) {
            issue.updated = std::max(issue.updated, state.comments.back().updated);
        }
        state.updated = std::max(state.updated, issue.updated);
        state.issues.push_back(std::move(issue));
    }
    std::ranges::sort(state.comments, [](const Comment& a, const Comment& b) {
        return std::tie(a.created, a.issue, a.id) < std::tie(b.created, b.issue, b.id);
    });
}

void add_releases(RepositoryState& state) {
    const auto& facts = state.repository->facts;
    for (const auto index : state.repository->tags) {
        state.tags.emplace_back(facts.releases[index].tag, facts.releases[index].at);
    }
    for (const auto index : state.repository->releases) {
        const auto& release = facts.releases[index];
        state.releases.push_back(
            {.id = number_of("release", facts.name + "@" + release.tag),
             .tag = release.tag,
             .name = release.tag,
             .body = "What changed in " + release.tag + " (a text of the sandbox).",
             .author = state.owner(),
             .prerelease = release.prerelease,
             .created = release.at,
             .updated = release.at,
             .published = release.at});
    }
}

void add_files(RepositoryState& state) {
    const auto& facts = state.repository->facts;
    for (const auto& file : facts.files) {
        state.files[file.path] = {
            .content = file.content, .target = file.target, .submodule = file.submodule};
    }
    // Without releases it is bare: nobody has pushed to it.
    if (facts.files.empty() && !facts.releases.empty()) {
        const auto title = facts.name.substr(facts.name.find('/') + 1);
        state.files["README.md"] = {.content =
                                        fmt::format("# {}\n\n{}\n", title, facts.description)};
    }
}

}  // namespace

std::string object_name(std::string_view text) {
    return internal::sha1_hex(text);
}

std::string blob_name(std::string_view content) {
    return internal::sha1_hex(fmt::format("blob {}", content.size()) + '\0' + std::string(content));
}

const Issue* RepositoryState::issue(std::int64_t number) const {
    const bool there = number >= 1 && static_cast<std::size_t>(number) <= issues.size();
    return there ? &issues[static_cast<std::size_t>(number - 1)] : nullptr;
}

const Label* RepositoryState::label(std::string_view name) const {
    const auto wanted = ascii_lowered(name);
    const auto found = std::ranges::find(
        labels, wanted, [](const Label& label) { return ascii_lowered(label.name); });
    return found == labels.end() ? nullptr : &*found;
}

std::int64_t RepositoryState::open_issues() const {
    return std::ranges::count(issues, true, &Issue::open);
}

std::string RepositoryState::head() const {
    return object_name(fmt::format("commit {} {}", name(), commits));
}

RepositoryState make_state(const Repository& repository) {
    const auto& facts = repository.facts;
    const bool bare = facts.releases.empty();
    const std::string first = bare ? "2020-01-01T00:00:00Z" : facts.releases.front().at;
    const std::string last = bare ? first : facts.releases.back().at;
    RepositoryState state{.repository = &repository,
                          .description = facts.description,
                          .archived = facts.archived,
                          .created = first,
                          .updated = last,
                          .pushed = last};
    for (const auto& label : built_in) {
        state.labels.push_back({.name = std::string(label.name),
                                .color = std::string(label.color),
                                .description = std::string(label.description),
                                .built_in = true});
    }
    add_issues(state);
    add_releases(state);
    add_files(state);
    return state;
}

const RepositoryState& Workspace::look(const Repository& repository) {
    if (const auto found = edited_.find(repository.id); found != edited_.end()) {
        return *found->second;
    }
    if (!looked_at_ || looked_at_->repository != &repository) {
        looked_at_ = std::make_unique<RepositoryState>(make_state(repository));
    }
    return *looked_at_;
}

RepositoryState& Workspace::edit(const Repository& repository) {
    if (const auto found = edited_.find(repository.id); found != edited_.end()) {
        return *found->second;
    }
    (void)look(repository);
    return *edited_.emplace(repository.id, std::move(looked_at_)).first->second;
}

void Workspace::reset() {
    edited_.clear();
    looked_at_.reset();
}

}  // namespace apilab::sandbox::github
