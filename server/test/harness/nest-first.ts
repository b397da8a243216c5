// Nest must be loaded before the CommonJS packages that require it, else Node refuses the cycle.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
