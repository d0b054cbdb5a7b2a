#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "apilab/base/secret.hpp"
#include "apilab/provider/endpoint.hpp"

namespace apilab::provider {

/// The reading side of GitHub's REST API that radar needs. Sends `X-GitHub-Api-Version:
/// 2022-11-28`. Source: docs.github.com/rest (releases, global security advisories, pagination).
class GitHub {
public:
    struct Options {
        /// Without one the limit is 60 requests an hour for the whole address.
        std::optional<Secret> token;
    };
    /// Pages of one list; more is an error (`too_large`), not a silent cut.
    static constexpr std::size_t pages_max = 50;
    /// Packages in one advisories request, so that its URL stays below 8 KiB.
    static constexpr std::size_t affects_max = 100;

    explicit GitHub(Endpoint endpoint, Options options = {})
        : endpoint_(std::move(endpoint)), options_(std::move(options)) {}

    /// The same API with no call beyond `deadline`.
    [[nodiscard]] GitHub until(SteadyTime deadline) const {
        auto copy = *this;
        copy.endpoint_.deadline = deadline;
        return copy;
    }

    /// The same API with its calls within that trace.
    [[nodiscard]] GitHub within(http::TraceContext trace) const {
        auto copy = *this;
        copy.endpoint_.trace = trace;
        return copy;
    }

    /// A file's bytes as they stand in a repository at a branch, tag or commit (empty: the default
    /// branch): the contents API in its raw form, up to 100 MB. Error `decode`: it is no file (a
    /// folder, a submodule). Source: docs.github.com/rest/repos/contents.
    [[nodiscard]] runtime::Task<Result<std::string>> file(std::string owner, std::string repository,
                                                          std::string path, std::string ref) const;
    /// The newest releases of a repository, `pages` pages of 100 at most (there may be more).
    [[nodiscard]] runtime::Task<Result<std::vector<http::JsonDocument>>> releases(
        std::string owner, std::string repository, std::size_t pages = 1) const;
    /// Reviewed advisories of the npm ecosystem for packages given as `name` or `name@version`, all
    /// pages. More than `affects_max` packages are asked for in several requests.
    [[nodiscard]] runtime::Task<Result<std::vector<http::JsonDocument>>> npm_advisories(
        std::vector<std::string> affects) const;

private:
    [[nodiscard]] runtime::Task<Result<std::vector<http::JsonDocument>>> walk(
        http::Url first, runtime::Operation operation, std::size_t pages, bool must_end) const;
    Endpoint endpoint_;
    Options options_;
};

}  // namespace apilab::provider
