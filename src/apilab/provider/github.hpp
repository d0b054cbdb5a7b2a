#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/secret.hpp"
#include "apilab/data/drift.hpp"
#include "apilab/provider/endpoint.hpp"
#include "apilab/provider/github_models.hpp"

namespace apilab::provider {

/// The reading side of GitHub's REST API that radar needs. Sends `X-GitHub-Api-Version:
/// 2022-11-28`. Errors of all operations: the client's, and those of `refusal_of`. Source:
/// docs.github.com/rest (repositories, contents, releases, global security advisories, pagination);
/// docs/providers/github.md has the list, and how an endpoint is added.
class GitHub {
public:
    struct Options {
        /// Without one the limit is 60 requests an hour for the whole address.
        std::optional<Secret> token;
        /// Of one file; more is `too_large`. Default 32 MiB; GitHub itself gives up to 100 MB.
        std::size_t file_bytes_max = std::size_t{32} << 20U;
    };
    /// Pages of one list; more is an error (`too_large`), not a silent cut.
    static constexpr std::size_t pages_max = 50;
    /// Packages in one advisories request, so that its URL stays below 8 KiB.
    static constexpr std::size_t affects_max = 100;

    GitHub(Endpoint endpoint, Options options)
        : endpoint_(std::move(endpoint)), options_(std::move(options)) {}
    explicit GitHub(Endpoint endpoint) : GitHub(std::move(endpoint), Options()) {}

    /// The same API with no call beyond `deadline`.
    [[nodiscard]] GitHub until(SteadyTime deadline) const {
        auto copy = *this;
        copy.endpoint_.deadline = deadline;
        return copy;
    }

    /// The same API over another service, which outlives its calls: one that counts them, say.
    [[nodiscard]] GitHub over(runtime::Service& client) const {
        auto copy = *this;
        copy.endpoint_.client = &client;
        return copy;
    }
    /// What it is over.
    [[nodiscard]] runtime::Service& client() const { return *endpoint_.client; }

    /// The same API with its calls within that trace.
    [[nodiscard]] GitHub within(http::TraceContext trace) const {
        auto copy = *this;
        copy.endpoint_.trace = trace;
        return copy;
    }

    /// A file's bytes as they stand in a repository at a branch, tag or commit (empty: the default
    /// branch): the contents API in its raw form. A link to a file is that file. Errors: `decode`
    /// where it is none (remedy: what it is: a folder, a submodule, a link out of the repository);
    /// `too_large` beyond `Options::file_bytes_max`, and where GitHub itself says so; `status` 404
    /// for a file, branch or repository that is not there or that the token may not see. Source:
    /// docs.github.com/rest/repos/contents.
    [[nodiscard]] runtime::Task<Result<std::string>> file(std::string owner, std::string repository,
                                                          std::string path, std::string ref) const;
    struct RepositoryFacts {
        github::Repository repository;
        /// It is not called by the name that was asked for: it was renamed or moved, and the client
        /// has followed (301). `repository.full_name` is what it is called now.
        bool renamed = false;
        /// In which ways the answer was not as its model says.
        data::DriftReport drift;
    };
    /// What a repository is. Source: docs.github.com/rest/repos/repos.
    [[nodiscard]] runtime::Task<Result<RepositoryFacts>> repository(std::string owner,
                                                                    std::string name) const;
    /// The newest releases of a repository, `pages` pages of 100 at most (there may be more).
    [[nodiscard]] runtime::Task<Result<std::vector<http::JsonDocument>>> releases(
        std::string owner, std::string repository, std::size_t pages = 1) const;
    /// Reviewed advisories of the npm ecosystem for packages given as `name` or `name@version`, all
    /// pages. More than `affects_max` packages are asked for in several requests; what has a comma
    /// can be no npm package, and is not asked for.
    [[nodiscard]] runtime::Task<Result<std::vector<http::JsonDocument>>> npm_advisories(
        std::vector<std::string> affects) const;

private:
    [[nodiscard]] runtime::Task<Result<std::vector<http::JsonDocument>>> walk(
        http::Url first, runtime::Operation operation, std::size_t pages, bool must_end) const;
    [[nodiscard]] http::Request get(http::Url url, std::string_view accept) const;
    Endpoint endpoint_;
    Options options_;
};

}  // namespace apilab::provider
