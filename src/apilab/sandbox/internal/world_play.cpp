#include "apilab/sandbox/internal/world_play.hpp"

#include <algorithm>
#include <array>

#include "apilab/sandbox/internal/fields.hpp"

namespace apilab::sandbox::internal {

namespace {

bool is_of_this_machine(std::string_view host) {
    static constexpr std::array names{"localhost", "127.0.0.1", "[::1]", "::1"};
    return std::ranges::find(names, host) != names.end();
}

}  // namespace

Result<void> WorldPlay::start(std::string_view base) {
    auto url = http::Url::parse(base);
    if (!url) {
        return bad_field("/base", url.error().message());
    }
    if (!is_of_this_machine(url->host())) {
        return bad_field("/base",
                         "expected a program on this machine: http://127.0.0.1 and its port");
    }
    if (way_ == nullptr) {
        return bad_field("/base", "this sandbox has no way to call a program");
    }
    begun_ = true;
    tasks_.spawn(sandbox_.play_world(*way_, *std::move(url)));
    return {};
}

std::string_view WorldPlay::state() const {
    return tasks_.running() > 0 ? "playing" : begun_ ? "over" : "idle";
}

runtime::Task<void> WorldPlay::stop() {
    tasks_.cancel();
    co_await tasks_.join();
    begun_ = false;
}

}  // namespace apilab::sandbox::internal
