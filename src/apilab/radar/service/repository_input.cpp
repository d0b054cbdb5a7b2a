#include "apilab/radar/service/repository_input.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/base/try.hpp"

namespace apilab::radar {
namespace {

struct Place {
    std::string owner;
    std::string name;
    /// How it is shown: `octo/hello:package-lock.json@main`.
    std::string shown;
};

Result<Place> place_of(const Watch& watch) {
    const auto slash = watch.repository.find('/');
    if (slash == std::string::npos || watch.repository.find('/', slash + 1) != std::string::npos) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("watch {}: its repository is not OWNER/NAME", watch.name))
                        .with_detail("repository"));
    }
    return Place{.owner = watch.repository.substr(0, slash),
                 .name = watch.repository.substr(slash + 1),
                 .shown = fmt::format("{}:{}{}{}", watch.repository, watch.file,
                                      watch.ref.empty() ? "" : "@", watch.ref)};
}

Error not_there(const Watch& watch, Error said) {
    return Error(ErrorKind::status,
                 fmt::format("GitHub has no {} in {} at {}", watch.file, watch.repository,
                             watch.ref.empty() ? "its default branch" : watch.ref))
        .with_status(said.status())
        .with_outcome(Outcome::answered)
        .with_request_id(said.request_id())
        .with_remedy("a private repository looks like this, too, without a token that may read it");
}

std::string beside(std::string_view file) {
    const auto slash = file.rfind('/');
    return slash == std::string_view::npos ? "package.json"
                                           : std::string(file.substr(0, slash)) + "/package.json";
}

bool is_absent(const Result<std::string>& text) {
    return !text && text.error().status() == 404;
}

Error named(Error error, const Place& place) {
    return std::move(error).in("reading " + place.shown);
}

}  // namespace

runtime::Task<Result<RadarInput>> read_repository(provider::GitHub github, Watch watch,
                                                  LockfileLimits limits) {
    APILAB_CO_TRY(const auto place, place_of(watch));
    auto text = co_await github.file(place.owner, place.name, watch.file, watch.ref);
    if (is_absent(text)) {
        co_return fail(not_there(watch, std::move(text).error()));
    }
    if (!text) {
        co_return fail(named(std::move(text).error(), place));
    }
    auto dependencies = read_dependencies(*text, {}, limits);
    if (dependencies && dependencies->kind == InputKind::lock_v1) {
        auto manifest =
            co_await github.file(place.owner, place.name, beside(watch.file), watch.ref);
        if (!manifest && !is_absent(manifest)) {
            co_return fail(named(std::move(manifest).error(), place));
        }
        if (manifest) {
            dependencies = read_dependencies(*text, *manifest, limits);
        }
    }
    if (!dependencies) {
        co_return fail(named(std::move(dependencies).error(), place));
    }
    co_return RadarInput{.file = place.shown, .dependencies = *std::move(dependencies)};
}

}  // namespace apilab::radar
