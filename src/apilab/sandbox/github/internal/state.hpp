#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/sandbox/github/store.hpp"

/// The side of the emulated GitHub that changes. Times are as they stand in answers.
namespace apilab::sandbox::github {

/// How many issues, comments, labels, releases, files a repository holds at most: more than a
/// program under test makes, less than fills a machine.
inline constexpr std::size_t rows_max = 20'000;

struct Label {
    std::string name;
    /// Six hexadecimal digits.
    std::string color;
    std::string description;
    bool built_in = false;
};

struct Comment {
    std::int64_t id = 0;
    std::int64_t issue = 0;
    std::string user;
    std::string body;
    std::string created;
    std::string updated;
};

struct Issue {
    std::int64_t number = 0;
    std::string title;
    std::optional<std::string> body = {};
    std::string user;
    /// Names of labels of the repository.
    std::vector<std::string> labels = {};
    std::vector<std::string> assignees = {};
    bool open = true;
    /// `completed`, `not_planned`, `reopened`, `duplicate`, or empty.
    std::string reason = {};
    bool pull = false;
    bool draft = false;
    /// Of a pull request; empty: it is not merged.
    std::string merged = {};
    std::string created;
    std::string updated;
    std::string closed = {};
    std::string closed_by = {};
    std::int64_t comments = 0;
    /// Made by a client, not part of the seed world.
    bool ours = false;
};

struct File {
    std::string content;
    std::string target = {};
    std::string submodule = {};
};

struct Asset {
    std::int64_t id = 0;
    std::string name;
    std::optional<std::string> label;
    std::string type;
    std::string content;
    std::string created;
};

struct Release {
    std::int64_t id = 0;
    std::string tag;
    std::optional<std::string> name = {};
    std::optional<std::string> body = {};
    std::string target = "main";
    std::string author;
    bool draft = false;
    bool prerelease = false;
    std::string created;
    std::string updated;
    /// Empty: a draft.
    std::string published = {};
    std::vector<Asset> assets = {};
};

/// How a hook wants to be written to, beside what a `webhook::Subscription` says.
struct HookForm {
    std::string content_type = "form";
    std::string insecure_ssl = "0";
};

/// One repository with everything that can be changed in it.
struct RepositoryState {
    const Repository* repository = nullptr;
    std::string description;
    std::string homepage = {};
    bool archived = false;
    bool has_issues = true;
    std::vector<Label> labels;
    /// Number n stands at n - 1.
    std::vector<Issue> issues;
    /// Oldest first.
    std::vector<Comment> comments;
    std::map<std::string, File> files;
    /// Newest first.
    std::vector<Release> releases;
    /// Names and times of tags, newest first.
    std::vector<std::pair<std::string, std::string>> tags;
    std::map<std::string, HookForm> hooks;
    /// How many commits clients made: names the newest one.
    std::int64_t commits = 0;
    /// Ids that clients' comments, releases, assets were given.
    std::int64_t ids = 0;
    std::string created;
    std::string updated;
    std::string pushed;

    [[nodiscard]] const std::string& name() const { return repository->facts.name; }
    [[nodiscard]] std::string owner() const { return name().substr(0, name().find('/')); }
    /// Null where there is none.
    [[nodiscard]] const Issue* issue(std::int64_t number) const;
    /// Names compare without case; null where there is none.
    [[nodiscard]] const Label* label(std::string_view name) const;
    [[nodiscard]] std::int64_t open_issues() const;
    /// The newest commit.
    [[nodiscard]] std::string head() const;
};

/// What a repository is at first; the same for the same facts.
[[nodiscard]] RepositoryState make_state(const Repository& repository);
/// 40 hexadecimal digits that stand for a git object of that description.
[[nodiscard]] std::string object_name(std::string_view text);
/// The name git gives to a file of that content.
[[nodiscard]] std::string blob_name(std::string_view content);

/// Repositories as clients have changed them. Those that nobody changed are made anew when they are
/// looked at: a world may have thousands.
class Workspace {
public:
    /// Valid until the next call of either.
    [[nodiscard]] const RepositoryState& look(const Repository& repository);
    /// Valid until `reset`.
    [[nodiscard]] RepositoryState& edit(const Repository& repository);
    [[nodiscard]] const std::map<std::int64_t, std::unique_ptr<RepositoryState>>& edited() const {
        return edited_;
    }
    void reset();

private:
    std::map<std::int64_t, std::unique_ptr<RepositoryState>> edited_;
    std::unique_ptr<RepositoryState> looked_at_;
};

}  // namespace apilab::sandbox::github
