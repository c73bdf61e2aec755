ALTER TYPE "inbox_then" RENAME VALUE 'tell' TO 'notify';
