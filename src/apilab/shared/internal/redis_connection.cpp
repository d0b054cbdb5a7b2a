#include "apilab/shared/internal/redis_connection.hpp"

#include <hiredis/hiredis.h>
#include <sys/time.h>

#include <utility>

#include "apilab/base/try.hpp"

namespace apilab::shared::internal {
namespace {

timeval timeval_of(Duration duration) {
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
    return {.tv_sec = whole / 1'000'000, .tv_usec = whole % 1'000'000};
}

Error error_of(const std::string& detail, const std::string& what) {
    return Error(ErrorKind::io, "Redis: " + what)
        .with_detail(detail)
        .with_outcome(detail == "lost" ? Outcome::unknown : Outcome::not_sent);
}

RedisValue value_of(const redisReply& reply) {
    RedisValue value;
    switch (reply.type) {
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
            value.text = std::string(reply.str, reply.len);
            break;
        case REDIS_REPLY_INTEGER:
            value.number = reply.integer;
            break;
        case REDIS_REPLY_ARRAY:
            for (std::size_t i = 0; i < reply.elements; ++i) {
                value.list.push_back(value_of(*reply.element[i]));
            }
            break;
        default:
            break;
    }
    return value;
}

struct FreeReply {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

}  // namespace

void RedisConnection::Closer::operator()(redisContext* context) const {
    redisFree(context);
}

RedisConnection::RedisConnection(RedisUrl url, Duration timeout)
    : url_(std::move(url)), timeout_(timeout) {}

RedisConnection::~RedisConnection() = default;

Result<void> RedisConnection::connect() {
    const auto limit = timeval_of(timeout_);
    context_.reset(url_.path.empty() ? redisConnectWithTimeout(url_.host.c_str(), url_.port, limit)
                                     : redisConnectUnixWithTimeout(url_.path.c_str(), limit));
    if (!context_ || context_->err != 0) {
        const std::string why = context_ ? context_->errstr : "no memory";
        context_.reset();
        return fail(error_of("unreachable", url_.describe() + ": " + why));
    }
    redisSetTimeout(context_.get(), limit);
    if (!url_.password.reveal().empty()) {
        std::vector<std::string> words{"AUTH"};
        if (!url_.user.empty()) {
            words.push_back(url_.user);
        }
        words.emplace_back(url_.password.reveal());
        APILAB_CHECK(exchange(words));
    }
    if (url_.database != 0) {
        APILAB_CHECK(exchange({"SELECT", std::to_string(url_.database)}));
    }
    return {};
}

Result<RedisValue> RedisConnection::exchange(const std::vector<std::string>& words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const auto& word : words) {
        texts.push_back(word.data());
        sizes.push_back(word.size());
    }
    const std::unique_ptr<redisReply, FreeReply> reply(static_cast<redisReply*>(redisCommandArgv(
        context_.get(), static_cast<int>(words.size()), texts.data(), sizes.data())));
    if (!reply) {
        const std::string why = context_->errstr;
        context_.reset();
        return fail(error_of("lost", why));
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        return fail(error_of("refused", std::string(reply->str, reply->len)));
    }
    return value_of(*reply);
}

Result<RedisValue> RedisConnection::command(const std::vector<std::string>& words) {
    if (!context_) {
        if (auto made = connect(); !made) {
            context_.reset();
            return fail(std::move(made).error());
        }
    }
    return exchange(words);
}

}  // namespace apilab::shared::internal
