// A line `METHOD /target`, and a body behind it, to the emulated providers: an answer below 500 and
// one row in the journal, whatever stands there.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/world.hpp"

namespace {

using namespace apilab;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

struct Box {
    runtime::VirtualScheduler scheduler;
    std::unique_ptr<sandbox::Sandbox> sandbox;
    Box() {
        sandbox::SandboxOptions options;
        options.providers = sandbox::make_providers(sandbox::make_world().value(), {});
        sandbox = sandbox::Sandbox::make(scheduler, std::move(options)).value();
    }
};

std::string_view token_of(std::string_view target) {
    return target.starts_with("/slack")    ? "xoxb-stub"
           : target.starts_with("/notion") ? "ntn_stub"
           : target.starts_with("/github") ? "ghp_stubtoken"
                                           : "npm_stub";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Box box;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto line = text.substr(0, text.find('\n'));
    const auto space = line.find(' ');
    if (space == std::string_view::npos || !http::valid_field_name(line.substr(0, space))) {
        return 0;
    }
    const auto target = line.substr(space + 1);
    auto url = http::Url::parse("http://127.0.0.1:4010" + std::string(target));
    if (!url) {
        return 0;
    }
    const std::string body(text.substr(std::min(line.size() + 1, text.size())));
    http::Request request(std::string(line.substr(0, space)), *std::move(url));
    request.header("user-agent", "fuzz/1").header("notion-version", "2025-09-03");
    request.header("authorization", "Bearer " + std::string(token_of(target)));
    const bool json = body.starts_with('{') || body.starts_with('[');
    request.header("content-type", json ? "application/json" : "application/x-www-form-urlencoded");
    request.body(body);
    box.sandbox->reset();
    const auto answer = runtime::run(box.scheduler, box.sandbox->call(std::move(request), {}));
    require(answer && answer->status() >= 200 && answer->status() < 500);
    require(box.sandbox->journal().rows().size() == 1);
    return 0;
}
