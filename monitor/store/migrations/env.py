"""How Alembic runs here: inside the connection that engine.py hands over."""

from alembic import context

from monitor.store.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, transactional_ddl=False)
context.run_migrations()
