#include "apilab/transport/internal/upload.hpp"

#include <fmt/format.h>

#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/transport/internal/within.hpp"

namespace apilab::transport::internal {

using runtime::Task;

namespace {

constexpr std::size_t piece_max = std::size_t{64} * 1024;

Error in_upload(Error error, Outcome outcome) {
    return std::move(error).with_outcome(outcome).in("reading the body to send");
}

}  // namespace

Upload::Upload(runtime::Scheduler& scheduler, std::shared_ptr<runtime::BodySource> source,
               Options options)
    : scheduler_(scheduler), source_(std::move(source)), options_(options) {}

Result<void> Upload::check(std::uint64_t piece, Outcome outcome) const {
    const auto length = source_->length();
    const std::uint64_t allowed = length.value_or(options_.bytes_max);
    const bool too_many = piece > allowed - bytes_;
    const bool too_few = piece == 0 && length && bytes_ < *length;
    if (length && (too_many || too_few)) {
        return fail(
            Error(ErrorKind::io, fmt::format("the body to send announced {} bytes and has {}",
                                             *length, too_few ? "fewer" : "more"))
                .with_outcome(outcome)
                .with_detail("upload_length"));
    }
    if (too_many) {
        return fail(Error(ErrorKind::too_large,
                          fmt::format("the body to send exceeds {} bytes", options_.bytes_max))
                        .with_outcome(outcome)
                        .with_detail("upload"));
    }
    return {};
}

Task<Result<void>> Upload::start(Limit limit) {
    if (source_->length().value_or(0) > options_.bytes_max) {
        co_return fail(Error(ErrorKind::too_large,
                             fmt::format("the body to send exceeds {} bytes", options_.bytes_max))
                           .with_detail("upload"));
    }
    auto started = co_await within(scheduler_, source_->start(), limit, Outcome::not_sent);
    if (!started) {
        co_return fail(in_upload(std::move(started).error(), Outcome::not_sent));
    }
    over_ = false;
    bytes_ = 0;
    co_return started;
}

Task<Result<std::string>> Upload::next(Limit limit, Outcome outcome) {
    if (over_) {
        co_return std::string();
    }
    read_ = true;
    auto piece = co_await within(scheduler_, source_->read(piece_max), limit, outcome);
    if (!piece) {
        co_return fail(in_upload(std::move(piece).error(), outcome));
    }
    APILAB_CO_CHECK(check(piece->size(), outcome));
    bytes_ += piece->size();
    over_ = piece->empty();
    if (options_.chunked) {
        *piece = fmt::format("{:x}\r\n", piece->size()) + *piece + "\r\n";
    }
    co_return piece;
}

Task<Result<std::string>> Upload::read_all(AttemptLimits limits) {
    std::string all;
    while (!over_) {
        APILAB_CO_TRY(const std::string piece,
                      co_await next(limits.idle(scheduler_.now()), Outcome::not_sent));
        all += piece;
    }
    co_return all;
}

}  // namespace apilab::transport::internal
