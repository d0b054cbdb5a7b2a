// Bytes as a file of recorded exchanges: what is taken is the same after it was written again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "apilab/sandbox/record/recording.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace apilab::sandbox;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto recording = parse_recording(text);
    if (!recording) {
        require(!recording.error().message().empty());
        return 0;
    }
    const auto written = recording_json(*recording);
    const auto again = parse_recording(written);
    require(again && recording_json(*again) == written);
    return 0;
}
