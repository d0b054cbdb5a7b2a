#include "apilab/runtime/body.hpp"

#include <fmt/format.h>

namespace apilab::runtime {

Task<Result<void>> StringSource::start() {
    at_ = 0;
    co_return Result<void>();
}

Task<Result<std::string>> StringSource::read(std::size_t max) {
    std::string piece = bytes_.substr(at_, max);
    at_ += piece.size();
    co_return piece;
}

Task<Result<void>> StringSink::begin(http::Response /*head*/) {
    bytes_.clear();
    complete_ = false;
    co_return Result<void>();
}

Task<Result<void>> StringSink::write(std::string bytes) {
    if (bytes.size() > bytes_max_ - bytes_.size()) {
        co_return fail(
            Error(ErrorKind::too_large, fmt::format("the sink takes {} bytes at most", bytes_max_))
                .with_detail("sink"));
    }
    bytes_ += bytes;
    co_return Result<void>();
}

Task<Result<void>> StringSink::finish() {
    complete_ = true;
    co_return Result<void>();
}

}  // namespace apilab::runtime
