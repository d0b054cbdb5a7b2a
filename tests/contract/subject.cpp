#include "subject.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/io_context.hpp>

namespace apilab::contract {

bool Subject::step() {
    const auto executor = scheduler().executor();
    auto& context = boost::asio::query(executor, boost::asio::execution::context);
    auto& loop = static_cast<boost::asio::io_context&>(context);
    loop.restart();
    return loop.poll_one() != 0;
}

}  // namespace apilab::contract
