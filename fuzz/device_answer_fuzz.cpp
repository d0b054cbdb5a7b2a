// Bytes as the answer of a device authorization endpoint, and as that of a poll: what is shown to
// people can be printed and sends them to https or this machine, and polls never get closer.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/auth/device_code.hpp"

namespace {

using namespace std::chrono_literals;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

bool printable(std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c <= 0x7E; });
}

void poll(const std::string& body, int status) {
    const apilab::SteadyTime start(1h);
    apilab::auth::DevicePolling polling(5s, 1h, start);
    const auto answer =
        apilab::Result<apilab::http::Response>(apilab::http::Response::json(status, body));
    for (auto now = start; const auto next = polling.next();) {
        require(*next - now >= 5s);
        now = *next;
        const auto before = polling.interval();
        if (polling.take(answer, now, apilab::SystemTime{})) {
            return;
        }
        require(polling.interval() >= before);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string body(reinterpret_cast<const char*>(data), size);
    const auto code = apilab::auth::read_device_answer(apilab::http::Response::json(200, body));
    if (code) {
        require(!code->device_code.empty());
        require(!code->user_code.empty() && code->user_code.size() <= 64);
        require(printable(code->user_code));
        const auto& url = code->verification_uri;
        require(url.secure() || url.host().starts_with("127.") || url.host() == "::1" ||
                url.host() == "localhost");
        require(!code->verification_uri_complete ||
                code->verification_uri_complete->origin() == url.origin());
        require(code->lifetime > 0s && code->lifetime <= 24h);
        require(code->interval >= 1s && code->interval <= 5min);
    } else {
        require(printable(code.error().provider_code()));
    }
    for (const int status : {200, 400, 503}) {
        poll(body, status);
    }
    return 0;
}
